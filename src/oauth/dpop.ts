import { timingSafeEqual } from "node:crypto";
import type { FastifyReply, FastifyRequest } from "fastify";
import { calculateJwkThumbprint, EmbeddedJWK, type JWTPayload, jwtVerify } from "jose";
import type { ReplayDetection } from "../persistence/replay-detection.js";
import type { ProjectStore } from "../projects/project-store.js";
import { type Clock, epochSeconds, fromEpochSeconds } from "../shared/clock.js";
import { CountersignError } from "../shared/errors.js";
import type { MasterKeyRing } from "../shared/master-key.js";
import type { TokenProject } from "../tokens/token-context.js";

/**
 * Asymmetric algorithms only (RFC 9449 section 4.2). EdDSA and Ed25519 name the same one (RFC 9864
 * section 2.2).
 */
export const DPOP_ALGORITHMS = ["ES256", "EdDSA", "Ed25519", "RS256", "PS256"];

const PROOF_LIFETIME_SECONDS = 60;
/** A nonce is valid in the period in which it is issued and in the next one. */
const NONCE_PERIOD_SECONDS = 300;
const MAX_PROOF_LENGTH = 4096;

/** Verifies DPoP proofs at the token endpoint (RFC 9449 section 5). */
export class Dpop {
  constructor(
    private readonly projects: ProjectStore,
    private readonly replayDetection: ReplayDetection,
    private readonly masterKeys: MasterKeyRing,
    private readonly clock: Clock,
  ) {}

  /**
   * @returns the thumbprint of the key to bind the token to; null if the request has no proof
   * @throws INVALID_DPOP_PROOF; USE_DPOP_NONCE with the nonce in the response's header
   */
  async verifyProof(
    project: TokenProject,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<string | null> {
    const proof = request.headers["dpop"];
    if (proof === undefined) return null;
    // Node.js joins repeated headers with a comma, which no JWT contains (RFC 9449 section 4.3 item 1).
    if (typeof proof !== "string" || proof.length > MAX_PROOF_LENGTH) throw invalidProof();
    reply.header("dpop-nonce", this.#nonce(project.projectId, 0));
    const { claims, thumbprint } = await this.#verify(proof);
    if (claims["htm"] !== request.method) {
      throw invalidProof("htm of the DPoP proof must be the request's method");
    }
    if (!this.#matchesEndpoint(project, claims["htu"], request)) {
      throw invalidProof("htu of the DPoP proof must be the URL of this endpoint");
    }
    const { jti } = claims;
    if (typeof jti !== "string" || jti === "" || jti.length > 255) throw invalidProof();
    if (!this.#isFresh(project.projectId, claims["nonce"])) {
      throw new CountersignError(
        "USE_DPOP_NONCE",
        "The DPoP proof must contain the nonce from this response's DPoP-Nonce header",
      );
    }
    const expiresAt = fromEpochSeconds((claims.iat ?? 0) + 2 * PROOF_LIFETIME_SECONDS);
    const isFirst = await this.replayDetection.consume("dpop", [thumbprint, jti], expiresAt);
    if (!isFirst) throw invalidProof("The DPoP proof has been used before");
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
      throw invalidProof(INVALID_PROOF, { cause: error });
    }
  }

  /** `htu` may be the endpoint's URL below the issuer or the request's URL (RFC 9449 section 4.3). */
  #matchesEndpoint(project: TokenProject, htu: unknown, request: FastifyRequest): boolean {
    if (typeof htu !== "string" || !URL.canParse(htu)) return false;
    const target = withoutQuery(htu);
    if (target === `${this.projects.baseUrlFor(project)}/oauth/token`) return true;
    const requestUrl = `${request.protocol}://${request.host}${request.url}`;
    return URL.canParse(requestUrl) && target === withoutQuery(requestUrl);
  }

  /** Derived from the time and the master key, so that all processes compute the same nonces. */
  #nonce(projectId: string, periodsAgo: number): string {
    const period = Math.floor(epochSeconds(this.clock.now()) / NONCE_PERIOD_SECONDS) - periodsAgo;
    return this.masterKeys.fingerprint(`dpop-nonce ${projectId} ${period}`);
  }

  #isFresh(projectId: string, nonce: unknown): boolean {
    if (typeof nonce !== "string") return false;
    const actual = Buffer.from(nonce);
    return [0, 1].some((periodsAgo) => {
      const expected = Buffer.from(this.#nonce(projectId, periodsAgo));
      return expected.length === actual.length && timingSafeEqual(expected, actual);
    });
  }
}

/** Removes query and fragment. */
function withoutQuery(href: string): string {
  const { origin, pathname } = new URL(href);
  return origin + pathname;
}

const INVALID_PROOF = "The DPoP proof is not valid";

function invalidProof(message = INVALID_PROOF, options?: ErrorOptions) {
  return new CountersignError("INVALID_DPOP_PROOF", message, {}, options);
}
