import { z } from "zod";
import { assertPermitted, type Caller } from "../shared/caller.js";
import { CountersignError } from "../shared/errors.js";
import type { SingleUse } from "../shared/single-use.js";
import type { JsonObject } from "../shared/trusted-metadata.js";
import { lookupId, validate } from "../shared/validation.js";
import { type MappedIdentity, mapsMembers } from "./attribute-mapping.js";
import { type CheckResult, RecordedChecks } from "./checks.js";
import type { Examination } from "./examination.js";
import type { TrustedAuthProfile } from "./profile.entity.js";
import type { ProfileStore } from "./profile-store.js";
import { lookIfUsed } from "./token-use.js";
import type { WorkloadIdentity } from "./workload-identity.js";

export const PROFILE_TEST_OUTCOMES = [
  "REFUSED",
  "MEMBER_FOUND",
  "MEMBER_WOULD_BE_CREATED",
  "CLIENT_IDENTIFIED",
] as const;
export type ProfileTestOutcome = (typeof PROFILE_TEST_OUTCOMES)[number];

export interface ProfileTrial {
  profileId: string;
  /** The foreign JWT. */
  token: string;
  /** As the caller of `attestSession` would name it. */
  organizationId?: string | null;
}

export interface ProfileTest {
  outcome: ProfileTestOutcome;
  checks: CheckResult[];
  /** By the names of the mapping; null where it did not come to it. */
  attributes: JsonObject | null;
  /** Null where it is not known, or would be created; so is the member. */
  organizationId: string | null;
  memberId: string | null;
  clientId: string | null;
}

const trialRules = z.object({
  profileId: lookupId,
  token: z.string().min(1, "Must not be empty"),
  organizationId: lookupId.nullish(),
});

type Found = Omit<ProfileTest, "checks">;

const NOTHING: Found = {
  outcome: "REFUSED",
  attributes: null,
  organizationId: null,
  memberId: null,
  clientId: null,
};

/** Shows what would become of a token, by the code that decides it; changes nothing. */
export class ProfileTester {
  constructor(
    private readonly profiles: ProfileStore,
    private readonly examination: Examination,
    private readonly workloads: WorkloadIdentity,
    private readonly singleUse: SingleUse,
  ) {}

  /** @throws BAD_USER_INPUT, PROFILE_NOT_FOUND */
  async test(caller: Caller, trial: ProfileTrial): Promise<ProfileTest> {
    assertPermitted(caller, "profiles:read");
    const input = validate(trialRules, trial, []);
    const profile = await this.profiles.get(caller.projectId, input.profileId);
    const checks = new RecordedChecks();
    const found = { ...NOTHING };
    try {
      if (mapsMembers(profile.attributeMapping)) {
        await this.#tryAsMember(profile, input, checks, found);
      } else {
        await this.#tryAsClient(profile, input, checks, found);
      }
    } catch (error) {
      if (!(error instanceof CountersignError)) throw error;
    }
    return { ...found, checks: checks.results };
  }

  async #tryAsMember(
    profile: TrustedAuthProfile,
    { token, organizationId }: z.output<typeof trialRules>,
    checks: RecordedChecks,
    found: Found,
  ): Promise<void> {
    const verified = await this.examination.verify(profile, token, checks);
    found.attributes = attributesOf(verified.identity);
    const wish = { organizationId, isPublic: false };
    const use = lookIfUsed(this.singleUse);
    const { organization, member } = await this.examination.place(verified, wish, use, checks);
    found.organizationId = organization?.organizationId ?? null;
    found.memberId = member?.memberId ?? null;
    found.outcome = member ? "MEMBER_FOUND" : "MEMBER_WOULD_BE_CREATED";
  }

  async #tryAsClient(
    profile: TrustedAuthProfile,
    { token }: z.output<typeof trialRules>,
    checks: RecordedChecks,
    found: Found,
  ): Promise<void> {
    const { client, use } = await this.workloads.verify(profile, token, checks);
    await use(lookIfUsed(this.singleUse), checks);
    found.clientId = client.clientId;
    found.outcome = "CLIENT_IDENTIFIED";
  }
}

function attributesOf(identity: MappedIdentity): JsonObject {
  const attributes = {
    email: identity.email,
    token_id: identity.tokenId,
    organization_id: identity.organizationId,
    external_member_id: identity.externalMemberId,
    name: identity.name,
    roles: identity.roles,
  };
  return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== null));
}
