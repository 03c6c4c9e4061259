import { randomUUID } from "node:crypto";
import { decodeJwt, decodeProtectedHeader, jwtVerify } from "jose";
import { z } from "zod";
import { type Project, SIGNING_ALGORITHMS } from "../projects/project.entity.js";
import type { ProjectStore } from "../projects/project-store.js";
import { currentSigningAlgorithm } from "../projects/signing-algorithm.js";
import { type Clock, epochSeconds } from "../shared/clock.js";
import type { CurrentSigningKey, SigningKeyService } from "../signing-keys/signing-key.service.js";
import { renderTemplateClaims } from "./render-session-claims.js";
import {
  type SessionJwtContents,
  type SessionTokenProfile,
  sessionTokenProfiles,
} from "./session-token-profiles.js";

export const SESSION_JWT_LIFETIME_SECONDS = 300;

const subjectRules = z.object({
  iss: z.string(),
  sub: z.string(),
  session: z.object({ id: z.string() }),
});

/** The columns of a project that the JWTs of its sessions depend on. */
export type SessionProject = Pick<
  Project,
  | "projectId"
  | "issuer"
  | "sessionTokenProfile"
  | "sessionClaimsTemplate"
  | "signingAlgorithm"
  | "formerSigningAlgorithm"
>;

/** Signs a JWT when it is first called. */
export type SignSessionJwt = () => Promise<string>;

/** The session and member that a verified JWT identifies. */
export interface SessionJwtSubject {
  projectId: string;
  sessionId: string;
  memberId: string;
}

interface VerifiedSessionJwt {
  subject: SessionJwtSubject;
  /** Seconds since the epoch. */
  exp: number;
}

/** Signs and verifies session JWTs, which applications also verify locally. */
export class SessionJwts {
  constructor(
    private readonly projects: ProjectStore,
    private readonly signingKeys: SigningKeyService,
    private readonly clock: Clock,
  ) {}

  /**
   * Prepares the JWT of a session. The signature, which costs most, waits until somebody wants it.
   * @param project as the caller has just read it
   * @param signingKey the project's current key, if the caller has read that too
   * @throws BAD_USER_INPUT if the claims that the template renders are too large
   */
  prepare(
    contents: SessionJwtContents,
    project: SessionProject,
    signingKey?: CurrentSigningKey | null,
  ): SignSessionJwt {
    const { session, member, organization } = contents;
    const profile = sessionTokenProfiles[project.sessionTokenProfile];
    const issuer = this.projects.issuerFor(project);
    const issuedAt = epochSeconds(this.clock.now());
    const claims = {
      ...renderTemplateClaims(project.sessionClaimsTemplate, member, organization),
      ...session.customClaims,
      iss: issuer,
      sub: session.memberId,
      aud: profile.audience(project.projectId, this.projects.sessionAudienceOf(issuer)),
      iat: issuedAt,
      nbf: issuedAt,
      exp: Math.min(issuedAt + SESSION_JWT_LIFETIME_SECONDS, epochSeconds(session.expiresAt)),
      jti: randomUUID(),
      ...profile.claims(contents),
    };
    const jwt = { algorithm: currentSigningAlgorithm(project), typ: profile.typ, claims };
    let signed: Promise<string> | undefined;
    return () => {
      signed ??= this.signingKeys.sign(project.projectId, jwt, signingKey);
      return signed;
    };
  }

  /**
   * Ignores `exp`: an expired JWT can be exchanged for a new one while its session is active. The caller
   * must check that the session is active.
   * @param projectId the caller's project; null: the project of the JWT's `iss`
   * @returns null if the JWT is not a valid session JWT of the project
   */
  async verify(projectId: string | null, jwt: string): Promise<SessionJwtSubject | null> {
    return (await this.#verify(projectId, jwt))?.subject ?? null;
  }

  /**
   * Verifies a JWT that stands for its session by itself. The caller must check that the session is active.
   * @returns null if the JWT has expired, or is not a valid session JWT of the project of its `iss`
   */
  async verifyCurrent(jwt: string): Promise<SessionJwtSubject | null> {
    const verified = await this.#verify(null, jwt);
    const isCurrent = verified && verified.exp > epochSeconds(this.clock.now());
    return isCurrent ? verified.subject : null;
  }

  /** Accepts the JWTs of every profile, since the project's may have changed since they were signed. */
  async #verify(projectId: string | null, jwt: string): Promise<VerifiedSessionJwt | null> {
    const project = await this.#resolveProject(projectId, jwt);
    const profile = claimedProfile(jwt);
    if (!project || !profile) return null;
    const keys = await this.signingKeys.verificationKeys(project.projectId);
    const verified = await jwtVerify(jwt, keys, {
      algorithms: [...SIGNING_ALGORITHMS],
      typ: profile.typ,
      requiredClaims: ["iss", "sub", "aud", "iat", "exp", "jti", profile.sessionClaim],
      clockTolerance: Number.MAX_SAFE_INTEGER,
      currentDate: this.clock.now(),
    }).catch(() => null);
    if (!verified) return null;
    const { iss, sub, aud = "", exp = 0, [profile.sessionClaim]: session } = verified.payload;
    const claims = subjectRules.safeParse({ iss, sub, session }).data;
    if (!claims || !(await this.projects.isIssuerOf(project, claims.iss))) return null;
    const audience = profile.audience(
      project.projectId,
      this.projects.sessionAudienceOf(claims.iss),
    );
    if (![aud].flat().includes([audience].flat()[0] as string)) return null;
    return {
      subject: { projectId: project.projectId, sessionId: claims.session.id, memberId: claims.sub },
      exp,
    };
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

/** Whether a token claims to be a session JWT; its signature is not verified. */
export function claimsToBeSessionJwt(token: string): boolean {
  const profile = claimedProfile(token);
  if (!profile) return false;
  try {
    return decodeJwt(token)[profile.sessionClaim] !== undefined;
  } catch {
    return false;
  }
}

/** The profile that the JWT claims to have by its `typ`, which the verification checks. */
function claimedProfile(jwt: string): SessionTokenProfile | undefined {
  try {
    const { typ } = decodeProtectedHeader(jwt);
    return Object.values(sessionTokenProfiles).find((profile) => profile.typ === typ);
  } catch {
    return undefined;
  }
}
