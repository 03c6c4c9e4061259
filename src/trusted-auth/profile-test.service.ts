import { z } from "zod";
import type { ReplayDetection } from "../persistence/replay-detection.js";
import { assertPermitted, type Caller } from "../shared/caller.js";
import { CountersignError } from "../shared/errors.js";
import { idToLookUp, validate } from "../shared/validation.js";
import { isMemberMapping, type MappedIdentity } from "./attribute-mapping.js";
import type { LeftOut } from "./left-out.js";
import type { TrustedAuthProfile } from "./profile.entity.js";
import type { ProfileStore } from "./profile-store.js";
import { CheckRecorder, type CheckResult } from "./token-checks.js";
import { assertUnused } from "./token-replay.js";
import type { TrustedIdentityResolver } from "./trusted-identity-resolver.js";
import type { WorkloadIdentity } from "./workload-identity.js";

export const PROFILE_TEST_OUTCOMES = [
  "REFUSED",
  "MEMBER_FOUND",
  "MEMBER_WOULD_BE_CREATED",
  "CLIENT_IDENTIFIED",
] as const;
export type ProfileTestOutcome = (typeof PROFILE_TEST_OUTCOMES)[number];

export interface ProfileTestInput {
  profileId: string;
  /** The foreign JWT. */
  token: string;
  /** `organizationId` that a caller of `attestSession` would give. */
  organizationId?: string | null;
}

export interface ProfileTest {
  outcome: ProfileTestOutcome;
  checks: CheckResult[];
  /** Null if an earlier check failed, or if the profile identifies no members. */
  attributes: MappedIdentity | null;
  /** Values of the token that the member would not get. */
  leftOut: LeftOut[];
  /** Null if unknown or yet to be created. */
  organizationId: string | null;
  /** Null if unknown or yet to be created. */
  memberId: string | null;
  clientId: string | null;
}

const inputRules = z.object({
  profileId: idToLookUp,
  token: z.string().min(1, "Must not be empty"),
  organizationId: idToLookUp.nullish(),
});

type ProfileTestResult = Omit<ProfileTest, "checks">;

const EMPTY_RESULT: ProfileTestResult = {
  outcome: "REFUSED",
  attributes: null,
  leftOut: [],
  organizationId: null,
  memberId: null,
  clientId: null,
};

/** Tests a token with the code that attestation and the token endpoint use; changes nothing. */
export class ProfileTester {
  constructor(
    private readonly profiles: ProfileStore,
    private readonly identityResolver: TrustedIdentityResolver,
    private readonly workloadIdentity: WorkloadIdentity,
    private readonly replayDetection: ReplayDetection,
  ) {}

  /** @throws BAD_USER_INPUT, PROFILE_NOT_FOUND */
  async test(caller: Caller, request: ProfileTestInput): Promise<ProfileTest> {
    assertPermitted(caller, "profiles:read");
    const input = validate(inputRules, request);
    const profile = await this.profiles.get(caller.projectId, input.profileId);
    const checks = new CheckRecorder();
    const result = { ...EMPTY_RESULT };
    try {
      if (isMemberMapping(profile.attributeMapping)) {
        await this.#testAsMember(profile, input, checks, result);
      } else {
        await this.#testAsClient(profile, input, checks, result);
      }
    } catch (error) {
      if (!(error instanceof CountersignError)) throw error;
    }
    return { ...result, checks: checks.results };
  }

  async #testAsMember(
    profile: TrustedAuthProfile,
    { token, organizationId }: z.output<typeof inputRules>,
    checks: CheckRecorder,
    result: ProfileTestResult,
  ): Promise<void> {
    const verified = await this.identityResolver.verify(profile, token, checks);
    result.attributes = verified.identity;
    result.leftOut = verified.identity.leftOut;
    const memberRequest = { organizationId, isPublic: false };
    const replayPolicy = assertUnused(this.replayDetection);
    const { organization, member, changes } = await this.identityResolver.resolveMember(
      verified,
      memberRequest,
      replayPolicy,
      checks,
    );
    result.leftOut = [...verified.identity.leftOut, ...changes.leftOut];
    result.organizationId = organization?.organizationId ?? null;
    result.memberId = member?.memberId ?? null;
    result.outcome = member ? "MEMBER_FOUND" : "MEMBER_WOULD_BE_CREATED";
  }

  async #testAsClient(
    profile: TrustedAuthProfile,
    { token }: z.output<typeof inputRules>,
    checks: CheckRecorder,
    result: ProfileTestResult,
  ): Promise<void> {
    const { client, consume } = await this.workloadIdentity.verify(profile, token, checks);
    await consume(assertUnused(this.replayDetection), checks);
    result.clientId = client.clientId;
    result.outcome = "CLIENT_IDENTIFIED";
  }
}
