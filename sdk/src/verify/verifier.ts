import type { JSONWebKeySet } from "jose";
import type { Audience, RegisteredAudience } from "../register.js";
import { harmless } from "../shared/hook.js";
import { belowIssuer } from "../shared/issuer-url.js";
import { assertOptionNames } from "../shared/option-names.js";
import { assertScopeList } from "../shared/scope-list.js";
import { isSecure } from "../shared/secure-url.js";
import { TOKEN_PROFILES, type TokenProfile, verifyIssuedToken } from "./access-token.js";
import type { Fetch } from "./bounded-request.js";
import type { DpopOptions } from "./dpop-proof.js";
import { type KeySource, staticKeys } from "./keys.js";
import { verifyPossession } from "./possession.js";
import { RemoteKeys } from "./remote-keys.js";
import { ReplayMemory } from "./replay-memory.js";
import { RevocationChecks, type RevocationOptions } from "./revocation.js";
import { coversScopes } from "./scopes.js";
import { sessionAudience, verifySessionJwt } from "./session-jwt.js";
import { type JwtRules, SIGNING_ALGORITHMS, type SigningAlgorithm } from "./signed-jwt.js";
import { refused } from "./token-refused.js";
import type {
  VerifiedAccessToken,
  VerifiedSession,
  Verifier,
  VerifyAccessTokenOptions,
} from "./verified.js";

export interface VerifierOptions<A extends Audience = Audience> {
  /** The project's issuer, character for character: a slash at its end counts. */
  issuer: string;
  /** The identifier of your API. Every token for another audience is refused. */
  audience: A;
  /** The API's token profile, which decides the `typ` of its tokens. Default: any. */
  profile?: TokenProfile;
  /**
   * The API's `signingAlgorithm` as a list of one, so that no other is accepted; with the project's, if you verify sessions
   * too. Default: all that the server signs with.
   */
  algorithms?: readonly SigningAlgorithm[];
  /** Asks the issuer whether each token has been revoked. Default: nobody is asked. */
  revocation?: RevocationOptions;
  dpop?: DpopOptions;
  /** For how long keys stay in use since they were fetched while they cannot be fetched again. Default: 86,400. */
  maxStaleSeconds?: number;
  /** How far `nbf` and `iat` may be ahead of this clock. `exp` is never extended. Default: 60, as at the server. */
  clockToleranceSeconds?: number;
  /** Keys that are never fetched, for tests and where there is no network. */
  keys?: JSONWebKeySet;
  /** Whether the issuer may be http beyond this machine. Default: false. */
  allowInsecureHttp?: boolean;
  /** Default: `globalThis.fetch`. */
  fetch?: Fetch;
  /** For metrics: the keys could not be fetched. Tokens are still verified while the last good set is in use. */
  onKeySetFailure?: (error: Error) => void;
  /** For metrics: the introspection endpoint did not answer. */
  onRevocationFailure?: (error: Error) => void;
}

const CALL_OPTIONS = ["scopes", "proof", "revocation"];
const MAX_STALE_SECONDS = 86_400;
const CLOCK_TOLERANCE = { default: 60, max: 300 };

/**
 * Verifies the tokens of one issuer for one audience with the issuer's public keys. Make one at start, and use it for all
 * requests: it holds the keys.
 * @throws TypeError for options that would verify nothing
 * @example
 * const verifier = createVerifier({ issuer: "https://auth.example.com", audience: "https://api.example.com" });
 * const { clientId } = await verifier.verifyAccessToken(token, { scopes: ["orders:read"] });
 */
export function createVerifier<A extends Audience>(
  options: VerifierOptions<A>,
): Verifier<RegisteredAudience<A>> {
  assertOptions(options);
  const { issuer, audience, profile, fetch, onKeySetFailure, onRevocationFailure } = options;
  const keys: KeySource = options.keys
    ? staticKeys(options.keys)
    : new RemoteKeys({
        url: belowIssuer(issuer, "/.well-known/jwks.json"),
        fetch,
        maxStaleSeconds: options.maxStaleSeconds ?? MAX_STALE_SECONDS,
        onFailure: harmless(onKeySetFailure),
      });
  const rules: JwtRules = {
    issuer,
    audience,
    algorithms: options.algorithms ?? SIGNING_ALGORITHMS,
    keys,
    clockToleranceSeconds: options.clockToleranceSeconds ?? CLOCK_TOLERANCE.default,
  };
  const dpop = { replayStore: new ReplayMemory(), ...options.dpop };
  const revocations =
    options.revocation &&
    new RevocationChecks({
      ...options.revocation,
      issuer,
      fetch,
      onFailure: harmless(onRevocationFailure),
    });

  async function verifyAccessToken(
    token: string,
    given: VerifyAccessTokenOptions = {},
  ): Promise<VerifiedAccessToken> {
    assertOptionNames(given, CALL_OPTIONS);
    const { scopes = [], proof = {}, revocation = revocations !== undefined } = given;
    assertScopeList(scopes);
    if (revocation && !revocations) {
      throw new TypeError(
        "The verifier has no `revocation`: give the introspection client's credentials",
      );
    }
    const verified = await verifyIssuedToken(token, rules, profile);
    // The server's order, so that both give the same reason.
    if (revocation) await revocations?.check(token, verified);
    await verifyPossession(token, verified, proof, dpop);
    if (!coversScopes(verified.scopes, scopes)) throw refused("SCOPE");
    return verified;
  }

  return {
    issuer,
    audience,
    verifyAccessToken,
    verifySession: (jwt: string): Promise<VerifiedSession> => verifySessionJwt(jwt, rules),
    prefetch: async () => {
      await keys.current();
    },
  };
}

const OPTIONS: Record<keyof VerifierOptions, true> = {
  issuer: true,
  audience: true,
  profile: true,
  algorithms: true,
  revocation: true,
  dpop: true,
  maxStaleSeconds: true,
  clockToleranceSeconds: true,
  keys: true,
  allowInsecureHttp: true,
  fetch: true,
  onKeySetFailure: true,
  onRevocationFailure: true,
};
const DPOP_OPTIONS: Record<keyof DpopOptions, true> = { replayStore: true, verifyNonce: true };

/** JavaScript's callers have no types to hold them. */
function assertOptions(options: VerifierOptions): void {
  assertOptionNames(options, Object.keys(OPTIONS));
  assertOptionNames(options.dpop ?? {}, Object.keys(DPOP_OPTIONS));
  const { issuer, audience, profile, algorithms, clockToleranceSeconds = 0 } = options;
  const { maxStaleSeconds = 0, revocation } = options;
  assertIssuer(issuer, options.allowInsecureHttp);
  if (typeof audience !== "string" || audience === "") {
    throw new TypeError(
      "A verifier needs the `audience` of its tokens, the identifier of your API: without it, tokens for other APIs would pass",
    );
  }
  if (audience === sessionAudience(issuer)) {
    throw new TypeError("The `audience` is that of sessions: verifySession needs none");
  }
  if (profile !== undefined && !TOKEN_PROFILES.includes(profile)) {
    throw new TypeError(`The \`profile\` must be one of ${TOKEN_PROFILES.join(", ")}`);
  }
  const areKnown =
    algorithms === undefined ||
    (Array.isArray(algorithms) && algorithms.every((name) => SIGNING_ALGORITHMS.includes(name)));
  if (algorithms?.length === 0 || !areKnown) {
    throw new TypeError(
      `The \`algorithms\` must be a list of some of ${SIGNING_ALGORITHMS.join(", ")}`,
    );
  }
  if (!(clockToleranceSeconds >= 0 && clockToleranceSeconds <= CLOCK_TOLERANCE.max)) {
    throw new TypeError(`The \`clockToleranceSeconds\` must be 0 to ${CLOCK_TOLERANCE.max}`);
  }
  if (!(maxStaleSeconds >= 0)) throw new TypeError("The `maxStaleSeconds` must be 0 or more");
  if (revocation && !(revocation.clientId && revocation.clientSecret)) {
    throw new TypeError(
      "The `revocation` needs the `clientId` and `clientSecret` of a client of its own",
    );
  }
}

function assertIssuer(issuer: string, allowInsecureHttp: boolean | undefined): void {
  if (typeof issuer !== "string" || !URL.canParse(issuer)) {
    throw new TypeError("The `issuer` must be the URL of your project's issuer");
  }
  const url = new URL(issuer);
  if (/[?#]/.test(issuer) || url.username || url.password) {
    throw new TypeError("The `issuer` must have no query, fragment or user name");
  }
  if (!isSecure(url, allowInsecureHttp)) {
    throw new TypeError(
      "The `issuer` must be https, or whoever is on the way chooses its keys: `allowInsecureHttp` for networks that you trust",
    );
  }
}
