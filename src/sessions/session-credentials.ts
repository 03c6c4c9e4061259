import { verifyJws } from "../key-sets/verify-jws.js";
import { isIssuerOf } from "../projects/project-of-issuer.js";
import type { ProjectStore } from "../projects/project-store.js";
import { type Clock, epochSeconds } from "../shared/clock.js";
import { isGeneratedSecret } from "../shared/secrets.js";
import type { SigningKeyService } from "../signing-keys/signing-key.service.js";
import type { SessionContext, SessionContextLoader, SessionJwtContext } from "./session-context.js";
import { sessionNotFound } from "./session-store.js";
import { parseSessionJwt, type UnverifiedSessionJwt } from "./unverified-session-jwt.js";

/** A session's token or JWT: exactly one is given. */
export interface SessionCredential {
  sessionToken?: string | null | undefined;
  sessionJwt?: string | null | undefined;
}

/** Finds active sessions by what their members present. */
export class SessionCredentials {
  constructor(
    private readonly contexts: SessionContextLoader,
    private readonly projects: ProjectStore,
    private readonly signingKeys: SigningKeyService,
    private readonly clock: Clock,
  ) {}

  /**
   * An expired JWT can be exchanged for a new one while its session is active.
   * @param projectId the caller's project; null: the credential determines the project
   * @throws SESSION_NOT_FOUND
   */
  async find(
    projectId: string | null,
    { sessionToken, sessionJwt }: SessionCredential,
  ): Promise<SessionContext> {
    const context = sessionToken
      ? await this.#ofToken(projectId, sessionToken)
      : await this.#ofJwt(projectId, parseSessionJwt(sessionJwt ?? ""));
    if (!context) throw sessionNotFound();
    return context;
  }

  /**
   * Finds the session of a JWT that stands for it by itself.
   * @throws SESSION_NOT_FOUND, also if the JWT has expired
   */
  async findByCurrentJwt(sessionJwt: string): Promise<SessionContext> {
    const jwt = parseSessionJwt(sessionJwt);
    const context = await this.#ofJwt(null, jwt);
    const isCurrent = jwt && jwt.exp > epochSeconds(this.clock.now());
    if (!context || !isCurrent) throw sessionNotFound();
    return context;
  }

  async #ofToken(projectId: string | null, sessionToken: string): Promise<SessionContext | null> {
    if (!isGeneratedSecret("cst", sessionToken)) return null;
    const context = await this.contexts.ofToken(sessionToken);
    const isElsewhere = projectId !== null && context?.project.projectId !== projectId;
    return context && !isElsewhere && this.#isActive(context) ? context : null;
  }

  async #ofJwt(
    projectId: string | null,
    jwt: UnverifiedSessionJwt | null,
  ): Promise<SessionContext | null> {
    const context = jwt && (await this.contexts.ofJwt(projectId, jwt));
    return context && this.#isActive(context) && this.#isValid(jwt, context) ? context : null;
  }

  #isActive({ session, member, organization }: SessionContext): boolean {
    const hasEnded = session.revokedAt !== null || session.expiresAt <= this.clock.now();
    return !hasEnded && member.status === "ACTIVE" && organization.status === "ACTIVE";
  }

  #isValid(jwt: UnverifiedSessionJwt, context: SessionJwtContext): boolean {
    const { project, session, verificationKey, issuer } = context;
    const { projectId } = project;
    const audience = this.projects.sessionAudienceOf(jwt.iss);
    const [expectedAudience] = [jwt.profile.audience(projectId, audience)].flat();
    return (
      jwt.sub === session.memberId &&
      [jwt.aud].flat().includes(expectedAudience as string) &&
      isIssuerOf(this.projects, project, issuer, jwt.iss, this.clock.now()) &&
      jwt.alg === verificationKey.algorithm &&
      verifyJws(jwt.text, jwt.alg, this.signingKeys.publicKey(verificationKey))
    );
  }
}
