import { randomUUID } from "node:crypto";
import { decodeJwt, jwtVerify } from "jose";
import { z } from "zod";
import type { Member } from "../organizations/member.entity.js";
import type { Organization } from "../organizations/organization.entity.js";
import { type Project, SIGNING_ALGORITHMS } from "../projects/project.entity.js";
import type { ProjectStore } from "../projects/project-store.js";
import { type Clock, epochSeconds } from "../shared/clock.js";
import type { SigningKeyService } from "../signing-keys/signing-key.service.js";
import { renderTemplateClaims } from "./render-session-claims.js";
import type { Session } from "./session.entity.js";

/** `typ` that distinguishes session JWTs from access tokens (RFC 8725 section 3.11). */
const SESSION_JWT_TYPE = "session+jwt";
export const SESSION_JWT_LIFETIME_SECONDS = 300;

const subjectRules = z.object({
  iss: z.string(),
  sub: z.string(),
  session: z.object({ id: z.string() }),
});

/** The entities that a session JWT describes. */
export interface SessionJwtContents {
  session: Session;
  member: Member;
  organization: Organization;
}

/** The session and member that a verified JWT identifies. */
export interface SessionJwtSubject {
  projectId: string;
  sessionId: string;
  memberId: string;
}

/** Signs and verifies session JWTs, which applications also verify locally. */
export class SessionJwts {
  constructor(
    private readonly projects: ProjectStore,
    private readonly signingKeys: SigningKeyService,
    private readonly clock: Clock,
  ) {}

  /** @throws BAD_USER_INPUT if the claims that the template renders are too large */
  async sign({ session, member, organization }: SessionJwtContents): Promise<string> {
    const project = await this.projects.get(session.projectId);
    const issuedAt = epochSeconds(this.clock.now());
    const claims = {
      ...renderTemplateClaims(project.sessionClaimsTemplate, member, organization),
      ...session.customClaims,
      iss: this.projects.issuerFor(project),
      sub: session.memberId,
      aud: [session.projectId],
      iat: issuedAt,
      nbf: issuedAt,
      exp: Math.min(issuedAt + SESSION_JWT_LIFETIME_SECONDS, epochSeconds(session.expiresAt)),
      jti: randomUUID(),
      roles: member.roles,
      session: sessionClaim(session),
      organization: { organization_id: organization.organizationId, slug: organization.slug },
    };
    return this.signingKeys.sign(session.projectId, {
      algorithm: project.signingAlgorithm,
      typ: SESSION_JWT_TYPE,
      claims,
    });
  }

  /**
   * Ignores `exp`: an expired JWT can be exchanged for a new one while its session is active. The caller
   * must check that the session is active.
   * @param projectId the caller's project; null: the project of the JWT's `iss`
   * @returns null if the JWT is not a valid session JWT of the project
   */
  async verify(projectId: string | null, jwt: string): Promise<SessionJwtSubject | null> {
    const project = await this.#resolveProject(projectId, jwt);
    if (!project) return null;
    const keys = await this.signingKeys.verificationKeys(project.projectId);
    const verified = await jwtVerify(jwt, keys, {
      algorithms: [...SIGNING_ALGORITHMS],
      typ: SESSION_JWT_TYPE,
      audience: project.projectId,
      requiredClaims: ["iss", "sub", "iat", "exp", "jti", "session"],
      clockTolerance: Number.MAX_SAFE_INTEGER,
      currentDate: this.clock.now(),
    }).catch(() => null);
    if (!verified) return null;
    const claims = subjectRules.safeParse(verified.payload).data;
    if (!claims || !(await this.projects.isIssuerOf(project, claims.iss))) return null;
    return { projectId: project.projectId, sessionId: claims.session.id, memberId: claims.sub };
  }

  async #resolveProject(projectId: string | null, jwt: string): Promise<Project | null> {
    if (projectId) return this.projects.find(projectId);
    let issuer: unknown;
    try {
      issuer = decodeJwt(jwt).iss;
    } catch {
      return null;
    }
    return typeof issuer === "string" ? this.projects.findByIssuer(issuer) : null;
  }
}

function sessionClaim(session: Session) {
  return {
    id: session.sessionId,
    started_at: session.startedAt.toISOString(),
    last_accessed_at: session.lastAccessedAt.toISOString(),
    expires_at: session.expiresAt.toISOString(),
    authentication_factors: session.authenticationFactors.map((factor) => ({
      type: factor.type,
      delivery_method: factor.deliveryMethod,
      token_id: factor.tokenId,
      profile_id: factor.profileId,
      last_authenticated_at: factor.lastAuthenticatedAt,
    })),
  };
}
