import { timingSafeEqual } from "node:crypto";
import type { FastifyReply, FastifyRequest } from "fastify";
import { calculateJwkThumbprint, EmbeddedJWK, type JWTPayload, jwtVerify } from "jose";
import type { ReplayDetection } from "../persistence/replay-detection.js";
import type { ProjectStore } from "../projects/project-store.js";
import { type Clock, epochSeconds } from "../shared/clock.js";
import { CountersignError } from "../shared/errors.js";
import type { MasterKeyRing } from "../shared/master-key.js";
import type { TokenProject } from "../tokens/token-context.js";

/** Asymmetric only (RFC 9449 section 4.2); the two of Ed25519 mean the same (RFC 9864 section 2.2). */
export const DPOP_ALGORITHMS = ["ES256", "EdDSA", "Ed25519", "RS256", "PS256"];

const PROOF_LIFETIME_SECONDS = 60;
/** A nonce is good in the period that it was made in and in the next one. */
const NONCE_PERIOD_SECONDS = 300;
const MAX_PROOF_LENGTH = 4096;

/** Proof of possession at the token endpoint (RFC 9449 section 5). */
export class Dpop {
  constructor(
    private readonly projects: ProjectStore,
    private readonly replayDetection: ReplayDetection,
    private readonly masterKeys: MasterKeyRing,
    private readonly clock: Clock,
  ) {}

  /**
   * @returns the thumbprint of the key that the token is to be bound to; null for a bearer token
   * @throws INVALID_DPOP_PROOF; USE_DPOP_NONCE with the nonce in the answer's header
   */
  async verifyProof(
    project: TokenProject,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<string | null> {
    const proof = request.headers["dpop"];
    if (proof === undefined) return null;
    // Node joins repeated headers with a comma, which no JWT contains (RFC 9449 section 4.3 item 1).
    if (typeof proof !== "string" || proof.length > MAX_PROOF_LENGTH) throw invalidProof();
    reply.header("dpop-nonce", this.#nonce(project.projectId, 0));
    const { claims, thumbprint } = await this.#verify(proof);
    if (claims["htm"] !== request.method) throw invalidProof("Its htm is not this method");
    if (!this.#matchesEndpoint(project, claims["htu"], request)) {
      throw invalidProof("Its htu is not this endpoint");
    }
    const { jti } = claims;
    if (typeof jti !== "string" || jti === "" || jti.length > 255) throw invalidProof();
    if (!this.#isFresh(project.projectId, claims["nonce"])) {
      throw new CountersignError(
        "USE_DPOP_NONCE",
        "Repeat the request with the DPoP-Nonce of this answer",
      );
    }
    const expiresAt = new Date(((claims.iat ?? 0) + 2 * PROOF_LIFETIME_SECONDS) * 1000);
    const isFirst = await this.replayDetection.consume("dpop", [thumbprint, jti], expiresAt);
    if (!isFirst) throw invalidProof("It has been used before");
    return thumbprint;
  }

  async #verify(proof: string): Promise<{ claims: JWTPayload; thumbprint: string }> {
    const now = epochSeconds(this.clock.now());
    try {
      const { payload, protectedHeader } = await jwtVerify(proof, EmbeddedJWK, {
        algorithms: DPOP_ALGORITHMS,
        typ: "dpop+jwt",
        requiredClaims: ["jti", "htm", "htu", "iat"],
        currentDate: this.clock.now(),
      });
      const { jwk } = protectedHeader;
      if (!jwk || Math.abs(now - (payload.iat ?? 0)) > PROOF_LIFETIME_SECONDS) throw invalidProof();
      return { claims: payload, thumbprint: await calculateJwkThumbprint(jwk) };
    } catch (error) {
      throw invalidProof("Not a valid proof", { cause: error });
    }
  }

  /** The issuer's own URL, or the alias under which the request came; without query (section 4.3). */
  #matchesEndpoint(project: TokenProject, htu: unknown, request: FastifyRequest): boolean {
    if (typeof htu !== "string" || !URL.canParse(htu)) return false;
    const base = this.projects.baseUrlFor(project);
    const given = withoutQuery(htu);
    const served = `${request.protocol}://${request.host}${request.url}`;
    return (
      given === `${base}/oauth/token` || (URL.canParse(served) && given === withoutQuery(served))
    );
  }

  /** Made from the time alone, so that every process knows the same ones. */
  #nonce(projectId: string, periodsAgo: number): string {
    const period = Math.floor(epochSeconds(this.clock.now()) / NONCE_PERIOD_SECONDS) - periodsAgo;
    return this.masterKeys.fingerprint(`dpop-nonce ${projectId} ${period}`);
  }

  #isFresh(projectId: string, nonce: unknown): boolean {
    if (typeof nonce !== "string") return false;
    const given = Buffer.from(nonce);
    return [0, 1].some((periodsAgo) => {
      const expected = Buffer.from(this.#nonce(projectId, periodsAgo));
      return expected.length === given.length && timingSafeEqual(expected, given);
    });
  }
}

/** Without query and fragment. */
function withoutQuery(href: string): string {
  const { origin, pathname } = new URL(href);
  return origin + pathname;
}

function invalidProof(message = "Not a valid DPoP proof", options?: ErrorOptions) {
  return new CountersignError("INVALID_DPOP_PROOF", message, {}, options);
}
