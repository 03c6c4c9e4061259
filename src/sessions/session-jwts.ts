import { randomUUID } from "node:crypto";
import type { ProjectStore } from "../projects/project-store.js";
import { currentSigningAlgorithm } from "../projects/signing-algorithm.js";
import { type Clock, epochSeconds } from "../shared/clock.js";
import type { JsonObject } from "../shared/trusted-metadata.js";
import type { CurrentSigningKey } from "../signing-keys/joined-keys.js";
import type { SigningKeyService } from "../signing-keys/signing-key.service.js";
import { renderTemplateClaims } from "./render-session-claims.js";
import type { SessionProject } from "./session-project.js";
import { type SessionJwtContents, sessionTokenProfiles } from "./session-token-profiles.js";

const SESSION_JWT_LIFETIME_SECONDS = 300;

/** Signs a JWT when it is first called. */
export type SignSessionJwt = () => Promise<string>;

/** Signs session JWTs, which applications verify locally. */
export class SessionJwts {
  constructor(
    private readonly projects: ProjectStore,
    private readonly signingKeys: SigningKeyService,
    private readonly clock: Clock,
  ) {}

  /**
   * Prepares the JWT of a session. All but what can be refused waits until somebody wants it.
   * @param project as the caller has just read it
   * @param signingKey the project's current key, if the caller has read that too
   * @throws BAD_USER_INPUT if the claims that the template renders are too large
   */
  prepare(
    contents: SessionJwtContents,
    project: SessionProject,
    signingKey?: CurrentSigningKey | null,
  ): SignSessionJwt {
    const { member, organization } = contents;
    const rendered = renderTemplateClaims(project.sessionClaimsTemplate, member, organization);
    let signed: Promise<string> | undefined;
    return () => {
      signed ??= this.#sign(contents, rendered, project, signingKey);
      return signed;
    };
  }

  #sign(
    contents: SessionJwtContents,
    rendered: JsonObject,
    project: SessionProject,
    signingKey: CurrentSigningKey | null | undefined,
  ): Promise<string> {
    const { session } = contents;
    const { projectId } = project;
    const profile = sessionTokenProfiles[project.sessionTokenProfile];
    const issuer = this.projects.issuerFor(project);
    const issuedAt = epochSeconds(this.clock.now());
    const claims = {
      ...rendered,
      ...session.customClaims,
      iss: issuer,
      sub: session.memberId,
      aud: profile.audience(projectId, this.projects.sessionAudienceOf(issuer)),
      iat: issuedAt,
      nbf: issuedAt,
      exp: Math.min(issuedAt + SESSION_JWT_LIFETIME_SECONDS, epochSeconds(session.expiresAt)),
      jti: randomUUID(),
      ...profile.claims(contents),
    };
    const algorithm = currentSigningAlgorithm(project);
    return this.signingKeys.sign(projectId, { algorithm, typ: profile.typ, claims }, signingKey);
  }
}
