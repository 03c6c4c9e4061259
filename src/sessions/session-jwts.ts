import { randomUUID } from "node:crypto";
import { decodeJwt, jwtVerify } from "jose";
import { z } from "zod";
import type { Member } from "../organizations/member.entity.js";
import type { Organization } from "../organizations/organization.entity.js";
import { type Project, SIGNING_ALGORITHMS } from "../projects/project.entity.js";
import type { ProjectStore } from "../projects/project-store.js";
import { type Clock, epochSeconds } from "../shared/clock.js";
import type { SigningKeyService } from "../signing-keys/signing-key.service.js";
import type { Session } from "./session.entity.js";
import { renderTemplateClaims } from "./template-claims.js";

/** Keeps session JWTs and access tokens apart (RFC 8725 section 3.11). */
const SESSION_JWT_TYPE = "session+jwt";
export const SESSION_JWT_LIFETIME_SECONDS = 300;

const subjectRules = z.object({ sub: z.string(), session: z.object({ id: z.string() }) });

/** What a session JWT tells of. */
export interface SessionJwtContents {
  session: Session;
  member: Member;
  organization: Organization;
}

/** Which session a JWT speaks for. */
export interface SessionJwtSubject {
  projectId: string;
  sessionId: string;
  memberId: string;
}

/** The short-lived credential of a session, which an application verifies by itself. */
export class SessionJwts {
  constructor(
    private readonly projects: ProjectStore,
    private readonly signingKeys: SigningKeyService,
    private readonly clock: Clock,
  ) {}

  /** @throws BAD_USER_INPUT when the claims template makes too much of member and organization */
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
   * Its own `exp` is not looked at: while the session is alive, which is for the caller to check,
   * an expired JWT gets a fresh one.
   * @param projectId the caller's project; null: the one that the JWT names as its issuer
   * @returns null for all that is not a session JWT of the project
   */
  async verify(projectId: string | null, jwt: string): Promise<SessionJwtSubject | null> {
    const project = await this.#resolveProject(projectId, jwt);
    if (!project) return null;
    const keys = await this.signingKeys.verificationKeys(project.projectId);
    const verified = await jwtVerify(jwt, keys, {
      algorithms: [...SIGNING_ALGORITHMS],
      typ: SESSION_JWT_TYPE,
      issuer: this.projects.issuerFor(project),
      audience: project.projectId,
      requiredClaims: ["sub", "iat", "exp", "jti", "session"],
      clockTolerance: Number.MAX_SAFE_INTEGER,
      currentDate: this.clock.now(),
    }).catch(() => null);
    if (!verified) return null;
    const subject = subjectRules.safeParse(verified.payload).data;
    if (!subject) return null;
    return { projectId: project.projectId, sessionId: subject.session.id, memberId: subject.sub };
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
