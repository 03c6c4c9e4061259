import type { KeyObject } from "node:crypto";
import type { KeySources } from "../key-sets/key-sources.js";
import { ALGORITHMS, type Algorithm } from "../key-sets/public-key.js";
import { verifyJws } from "../key-sets/verify-jws.js";
import type { Clock } from "../shared/clock.js";
import { CountersignError } from "../shared/errors.js";
import { inSpan } from "../shared/tracing.js";
import type { JsonObject } from "../shared/trusted-metadata.js";
import { isCanonicalBase64url } from "../shared/unverified-jwt.js";
import { meetsCondition } from "./claim-conditions.js";
import { getClaim } from "./claim-path.js";
import { toKeyRefusal } from "./key-refusal.js";
import type { TrustedAuthProfile } from "./profile.entity.js";
import {
  checkAge,
  checkAudience,
  checkIssuer,
  checkTimes,
  type TrustedAuthClaims,
} from "./registered-claims.js";
import { type CheckRunner, withoutRecording } from "./token-checks.js";
import { invalidTrustedAuthToken } from "./trusted-auth-error.js";
import { parseUnverifiedToken } from "./unverified-token.js";

/**
 * Verifies a trusted auth token against its profile, as RFC 8725 section 3 recommends. The registered claims
 * come before the signature, which costs more and may need keys from elsewhere.
 */
export class TrustedAuthTokenVerifier {
  constructor(
    private readonly keySources: KeySources,
    private readonly clock: Clock,
  ) {}

  /** @throws INVALID_TRUSTED_AUTH_TOKEN */
  async verify(
    profile: TrustedAuthProfile,
    token: string,
    checks: CheckRunner = withoutRecording,
  ): Promise<TrustedAuthClaims> {
    const attributes = { "countersign.profile.id": profile.profileId };
    return inSpan("verify trusted auth token", attributes, () =>
      this.#verify(profile, token, checks),
    );
  }

  async #verify(
    profile: TrustedAuthProfile,
    token: string,
    checks: CheckRunner,
  ): Promise<TrustedAuthClaims> {
    const { alg, kid, claims } = await checks.run("FORM", () => parseUnverifiedToken(token));
    const algorithm = await checks.run("ALGORITHM", () => acceptedAlgorithm(profile, alg));
    await checks.run("ISSUER", () => checkIssuer(profile, claims));
    await checks.run("AUDIENCE", () => checkAudience(profile, claims));
    await checks.run("TIMES", () => checkTimes(profile, claims, this.clock));
    if (profile.maxTokenAgeSeconds !== null) {
      await checks.run("AGE", () => checkAge(profile, claims, this.clock));
    }
    const header = { alg: algorithm, kid };
    const keys = await checks.run("KEY", () => this.#candidates(profile, header));
    await checks.run("SIGNATURE", () => verifySignature(token, algorithm, keys));
    if (profile.claimConditions.length > 0) {
      await checks.run("CONDITIONS", () => checkConditions(profile, claims));
    }
    return claims as TrustedAuthClaims;
  }

  /**
   * Compares unverified claims with the profile. This is no verification: it only skips profiles that would
   * reject the token anyway.
   * @returns null if they match
   */
  findMismatch(profile: TrustedAuthProfile, claims: JsonObject): CountersignError | null {
    try {
      checkIssuer(profile, claims);
      checkAudience(profile, claims);
      checkConditions(profile, claims);
      return null;
    } catch (error) {
      if (error instanceof CountersignError) return error;
      throw error;
    }
  }

  async #candidates(
    profile: TrustedAuthProfile,
    header: { alg: Algorithm; kid: string | undefined },
  ): Promise<KeyObject[]> {
    try {
      return await this.keySources.candidates(ownerOf(profile), profile, header);
    } catch (error) {
      throw toKeyRefusal(error) ?? error;
    }
  }
}

/** Accepts only asymmetric algorithms, spelled exactly (RFC 8725 section 3.1). */
function acceptedAlgorithm({ allowedAlgorithms }: TrustedAuthProfile, alg: unknown): Algorithm {
  const algorithm = (allowedAlgorithms ?? ALGORITHMS).find((name) => name === alg);
  if (!algorithm) throw invalidTrustedAuthToken("ALGORITHM", "alg");
  return algorithm;
}

function verifySignature(token: string, alg: Algorithm, keys: readonly KeyObject[]): void {
  const signature = token.slice(token.lastIndexOf(".") + 1);
  if (!isCanonicalBase64url(signature)) throw invalidTrustedAuthToken("SIGNATURE_ENCODING");
  try {
    if (keys.some((key) => verifyJws(token, alg, key))) return;
  } catch (error) {
    // A key is too short for the algorithm or does not support it.
    if (!(error instanceof TypeError)) throw error;
    throw invalidTrustedAuthToken("UNFIT_KEY", "alg", { cause: error });
  }
  throw invalidTrustedAuthToken("SIGNATURE");
}

function checkConditions({ claimConditions }: TrustedAuthProfile, claims: JsonObject): void {
  const unmet = claimConditions.find((condition) => !meetsCondition(claims, condition));
  if (!unmet) return;
  const isMissing = getClaim(claims, unmet.claim) === undefined;
  throw invalidTrustedAuthToken(isMissing ? "CONDITION_WITHOUT_CLAIM" : "CONDITION", unmet.claim);
}

/** Names a profile as the owner of its key set. */
export const ownerOf = ({ projectId, profileId }: TrustedAuthProfile) =>
  `profile ${projectId} ${profileId}`;
