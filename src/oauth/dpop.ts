import { timingSafeEqual } from "node:crypto";
import type { FastifyReply, FastifyRequest } from "fastify";
import { forwardedOrigin } from "../http/forwarded-request.js";
import type { ProjectRef, ProjectStore } from "../projects/project-store.js";
import { type Clock, epochSeconds } from "../shared/clock.js";
import { CountersignError } from "../shared/errors.js";
import type { MasterKeyRing } from "../shared/master-key.js";
import { type DpopProofs, isSameTarget } from "../tokens/dpop-proofs.js";
import type { TokenProject } from "../tokens/token-context.js";

/** A nonce is valid in the period in which it is issued, in the next one, and in the one before. */
const NONCE_PERIOD_SECONDS = 300;

/** Verifies DPoP proofs at the token endpoint (RFC 9449 section 5), with the server's nonces. */
export class Dpop {
  constructor(
    private readonly projects: ProjectStore,
    private readonly proofs: DpopProofs,
    private readonly masterKeys: MasterKeyRing,
    private readonly clock: Clock,
  ) {}

  /**
   * @returns the thumbprint of the key to bind the token to; null if the request has no proof
   * @throws INVALID_DPOP_PROOF; USE_DPOP_NONCE with the nonce in the response's header
   */
  async verifyProof(
    project: TokenProject,
    projectRef: ProjectRef,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<string | null> {
    const header = request.headers["dpop"];
    if (header === undefined) return null;
    // Node.js joins repeated headers with a comma, which no JWT contains (RFC 9449 section 4.3 item 1).
    if (typeof header !== "string") throw invalidProof();
    reply.header("dpop-nonce", this.#nonce(project.projectId, 0));
    const proof = await this.proofs.verify(header).catch((error: unknown) => {
      throw invalidProof(INVALID_PROOF, { cause: error });
    });
    const { claims, thumbprint } = proof;
    if (claims["htm"] !== request.method) {
      throw invalidProof("htm of the DPoP proof must be the request's method");
    }
    if (!(await this.#isEndpoint(claims["htu"], project, projectRef, request))) {
      throw invalidProof("htu of the DPoP proof must be the URL of this endpoint");
    }
    if (!this.#isFresh(project.projectId, claims["nonce"])) {
      throw new CountersignError(
        "USE_DPOP_NONCE",
        "The DPoP proof must contain the nonce from this response's DPoP-Nonce header",
      );
    }
    if (!(await this.proofs.consume(proof))) {
      throw invalidProof("The DPoP proof has been used before");
    }
    return thumbprint;
  }

  /**
   * `htu` may be the endpoint's URL below the issuer, or the request's below the public URL or the one that a
   * trusted proxy names (RFC 9449 section 4.3). The Host header is the sender's own word.
   */
  async #isEndpoint(
    htu: unknown,
    project: TokenProject,
    projectRef: ProjectRef,
    request: FastifyRequest,
  ): Promise<boolean> {
    const { publicUrl } = this.projects;
    const issuer = this.projects.baseUrlFor(project);
    const known = [`${issuer}/oauth/token`, publicUrl + request.url];
    const forwarded = forwardedOrigin(request);
    if (forwarded !== null) known.push(forwarded + request.url);
    if (known.some((url) => isSameTarget(htu, url))) return true;
    // A former issuer, whose metadata the client has read.
    const requested = await this.projects.issuerAt(project, projectRef);
    return isSameTarget(htu, `${requested.replace(/\/$/, "")}/oauth/token`);
  }

  /** Derived from the time and the master key, so that all processes compute the same nonces. */
  #nonce(projectId: string, periodsAgo: number): string {
    const period = Math.floor(epochSeconds(this.clock.now()) / NONCE_PERIOD_SECONDS) - periodsAgo;
    return this.masterKeys.fingerprint(`dpop-nonce ${projectId} ${period}`);
  }

  #isFresh(projectId: string, nonce: unknown): boolean {
    if (typeof nonce !== "string") return false;
    const actual = Buffer.from(nonce);
    // A process whose clock is ahead has already issued the nonce of the next period (ADR 0023).
    return [0, 1, -1].some((periodsAgo) => {
      const expected = Buffer.from(this.#nonce(projectId, periodsAgo));
      return expected.length === actual.length && timingSafeEqual(expected, actual);
    });
  }
}

const INVALID_PROOF = "The DPoP proof is not valid";

function invalidProof(message = INVALID_PROOF, options?: ErrorOptions) {
  return new CountersignError("INVALID_DPOP_PROOF", message, {}, options);
}
