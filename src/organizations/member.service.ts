import type { Platform } from "../platform/platform.js";
import { assertPermitted, type Caller } from "../shared/caller.js";
import { mergeTrustedMetadata } from "../shared/trusted-metadata.js";
import { validate, validateChange } from "../shared/validation.js";
import type { DeleteOwnedClients } from "./delete-owned-clients.js";
import { Member, type MemberStatus } from "./member.entity.js";
import type { MemberDescription, MemberRef, MemberStore, NewMember } from "./member-store.js";
import { createMemberRules, memberRef, updateMemberRules } from "./organization-rules.js";
import type { RevokeSessions } from "./revoke-sessions.js";

/** Absent fields stay unchanged, null clears a field, and trusted metadata is merged at the top level. */
export interface MemberChange extends MemberDescription {
  memberId: string;
  emailAddress?: string | null;
  status?: MemberStatus | null;
  expectedVersion?: number | null;
}

/** Finds, creates, changes and deletes members. */
export class MemberService {
  constructor(
    private readonly platform: Platform,
    private readonly store: MemberStore,
    private readonly revokeSessions: RevokeSessions,
    private readonly deleteClients: DeleteOwnedClients,
  ) {}

  async find(caller: Caller, memberId: string): Promise<Member | null> {
    assertPermitted(caller, "members:read");
    return this.platform.batchedReads.find(caller, Member, "memberId", memberId);
  }

  /** @throws BAD_USER_INPUT, ORGANIZATION_NOT_FOUND, ALREADY_EXISTS, IDEMPOTENCY_CONFLICT */
  async create(caller: Caller, input: NewMember): Promise<Member> {
    assertPermitted(caller, "members:write");
    const validated = validate(createMemberRules, input);
    const { projectId } = caller;
    const { idempotencyKey: key } = validated;
    return this.platform.idempotency.run(
      { projectId, operation: "createMember", key, input: validated },
      async (recordResult) =>
        this.platform.unitOfWork.write(async () => {
          const member = await this.store.insert(caller, validated);
          await recordResult(member.memberId);
          return member;
        }),
      async (memberId) => this.store.get(projectId, memberId),
    );
  }

  /**
   * Revokes the member's sessions if the member becomes inactive.
   * @throws BAD_USER_INPUT, MEMBER_NOT_FOUND, VERSION_CONFLICT
   */
  async update(caller: Caller, input: MemberChange): Promise<Member> {
    assertPermitted(caller, "members:write");
    const validated = validateChange(updateMemberRules, input);
    const { memberId, expectedVersion, trustedMetadata, ...patch } = validated;
    return this.platform.unitOfWork.write(async () => {
      let isDeactivated = false;
      const member = await this.store.change(caller, { memberId, expectedVersion }, (loaded) => {
        isDeactivated = loaded.status === "ACTIVE" && patch.status === "INACTIVE";
        const isNewExternalId =
          patch.externalId !== undefined && patch.externalId !== loaded.externalId;
        Object.assign(loaded, patch, isNewExternalId && { externalIdProfileId: null }, {
          trustedMetadata: mergeTrustedMetadata(loaded.trustedMetadata, trustedMetadata ?? {}),
        });
      });
      if (isDeactivated) await this.revokeSessions(caller, { memberId });
      return member;
    });
  }

  /** Deletes the member, its sessions and the clients that belong to it. @throws MEMBER_NOT_FOUND, VERSION_CONFLICT */
  async delete(caller: Caller, input: MemberRef): Promise<string> {
    assertPermitted(caller, "members:write");
    const ref = validate(memberRef, input);
    await this.store.delete(caller, ref, this.revokeSessions, this.deleteClients);
    return ref.memberId;
  }
}
