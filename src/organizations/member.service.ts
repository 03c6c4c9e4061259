import type { QueryDeepPartialEntity } from "typeorm";
import type { AuditLog } from "../audit/audit-log.js";
import type { Caller } from "../shared/caller.js";
import type { Clock } from "../shared/clock.js";
import { isForeignKeyViolation } from "../shared/database-errors.js";
import { refuseDuplicates } from "../shared/duplicates.js";
import { CountersignError } from "../shared/errors.js";
import type { Idempotency } from "../shared/idempotency.js";
import { newId } from "../shared/ids.js";
import { nameKeyOf } from "../shared/name-search.js";
import { withoutNulls } from "../shared/patch.js";
import { isStorableText } from "../shared/storable-text.js";
import {
  type JsonObject,
  mergeTrustedMetadata,
  patchTrustedMetadata,
} from "../shared/trusted-metadata.js";
import type { UnitOfWork } from "../shared/unit-of-work.js";
import { lookupId, validate } from "../shared/validation.js";
import { assertVersion } from "../shared/version.js";
import type { EndSessions } from "./end-sessions.js";
import { Member, type MemberStatus } from "./member.entity.js";
import { organizationNotFound } from "./organization.service.js";
import { createMemberRules, memberRef, updateMemberRules } from "./organization-rules.js";

export interface MemberDescription {
  name?: string | null | undefined;
  externalId?: string | null | undefined;
  /** Replaces the list. */
  roles?: string[] | null | undefined;
  trustedMetadata?: JsonObject | null | undefined;
}

export interface NewMember extends MemberDescription {
  organizationId: string;
  emailAddress: string;
  idempotencyKey?: string | null | undefined;
}

/** Absent: unchanged. Null: cleared. Trusted metadata is merged at its top level. */
export interface MemberChange extends MemberDescription {
  memberId: string;
  emailAddress?: string | null;
  status?: MemberStatus | null;
  expectedVersion?: number | null;
}

export interface MemberRef {
  memberId: string;
  expectedVersion?: number | null;
}

const UNIQUE = { email_key: "emailAddress", external_id: "externalId" };

export class MemberService {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly auditLog: AuditLog,
    private readonly idempotency: Idempotency,
    private readonly clock: Clock,
    private readonly endSessions: EndSessions,
  ) {}

  async find(projectId: string, memberId: string): Promise<Member | null> {
    if (!isStorableText(memberId)) return null;
    return this.unitOfWork.read.findOneBy(Member, { projectId, memberId });
  }

  async findByEmail(projectId: string, organizationId: string, emailAddress: string) {
    const emailKey = emailKeyOf(emailAddress);
    return this.unitOfWork.read.findOneBy(Member, { projectId, organizationId, emailKey });
  }

  async findByExternalId(projectId: string, organizationId: string, externalId: string) {
    return this.unitOfWork.read.findOneBy(Member, { projectId, organizationId, externalId });
  }

  /** @throws MEMBER_NOT_FOUND */
  async get(projectId: string, memberId: string): Promise<Member> {
    validate(lookupId, memberId, ["memberId"]);
    const member = await this.find(projectId, memberId);
    if (!member) throw memberNotFound();
    return member;
  }

  /**
   * Keeps it as it is until the unit of work ends, so that no session starts of one that is being
   * deactivated.
   * @throws MEMBER_NOT_FOUND, for an inactive one too
   */
  async holdActive(projectId: string, memberId: string): Promise<Member> {
    const member = await this.unitOfWork.findForShare(Member, { projectId, memberId });
    if (member?.status !== "ACTIVE") throw memberNotFound();
    return member;
  }

  /** @throws BAD_USER_INPUT, ORGANIZATION_NOT_FOUND, CONFLICT, IDEMPOTENCY_CONFLICT */
  async create(caller: Caller, input: NewMember): Promise<Member> {
    const rules = validate(createMemberRules, input);
    const { projectId } = caller;
    return this.idempotency.run(
      { projectId, operation: "createMember", key: rules.idempotencyKey, input: rules },
      async (claim) =>
        this.unitOfWork.write(async () => {
          const member = await this.insert(caller, rules);
          await claim(member.memberId);
          return member;
        }),
      async (memberId) => this.get(projectId, memberId),
    );
  }

  /** Stores a member whose fields have been checked; part of a unit of work. */
  async insert(caller: Caller, input: NewMember): Promise<Member> {
    const now = this.clock.now();
    const member = Object.assign(new Member(), {
      projectId: caller.projectId,
      memberId: newId("member"),
      organizationId: input.organizationId,
      emailAddress: input.emailAddress,
      emailKey: emailKeyOf(input.emailAddress),
      name: input.name ?? null,
      nameKey: nameKeyOf(input.name),
      externalId: input.externalId ?? null,
      roles: input.roles ?? [],
      status: "ACTIVE" as const,
      trustedMetadata: mergeTrustedMetadata({}, input.trustedMetadata ?? {}),
      createdAt: now,
      updatedAt: now,
      version: 1,
    });
    try {
      await refuseDuplicates(UNIQUE, () =>
        this.unitOfWork.current.insert(Member, member as QueryDeepPartialEntity<Member>),
      );
    } catch (error) {
      if (isForeignKeyViolation(error)) throw organizationNotFound();
      throw error;
    }
    await this.auditLog.record(caller, { action: "member.create", targetId: member.memberId });
    return member;
  }

  /**
   * The member's sessions end when it becomes inactive.
   * @throws BAD_USER_INPUT, MEMBER_NOT_FOUND, CONFLICT
   */
  async update(caller: Caller, input: MemberChange): Promise<Member> {
    const rules = validate(updateMemberRules, withoutNulls(input, "emailAddress", "status"));
    const { memberId, expectedVersion, trustedMetadata, roles, ...patch } = rules;
    const { projectId } = caller;
    return this.unitOfWork.write(async (manager) => {
      const member = await this.#getForUpdate(projectId, memberId, expectedVersion);
      const isDeactivated = member.status === "ACTIVE" && patch.status === "INACTIVE";
      if (roles !== undefined) member.roles = roles ?? [];
      Object.assign(member, patch, {
        trustedMetadata: patchTrustedMetadata(member.trustedMetadata, trustedMetadata),
      });
      member.emailKey = emailKeyOf(member.emailAddress);
      member.nameKey = nameKeyOf(member.name);
      member.updatedAt = this.clock.now();
      member.version += 1;
      const { projectId: _p, memberId: _m, ...columns } = member;
      await refuseDuplicates(UNIQUE, () =>
        manager.update(Member, { projectId, memberId }, columns as QueryDeepPartialEntity<Member>),
      );
      await this.auditLog.record(caller, { action: "member.update", targetId: memberId });
      if (isDeactivated) await this.endSessions(caller, { memberId });
      return member;
    });
  }

  /** With the member's sessions. @throws MEMBER_NOT_FOUND, CONFLICT */
  async delete(caller: Caller, input: MemberRef): Promise<string> {
    const { memberId, expectedVersion } = validate(memberRef, input);
    const { projectId } = caller;
    await this.unitOfWork.write(async (manager) => {
      await this.#getForUpdate(projectId, memberId, expectedVersion);
      await manager.delete(Member, { projectId, memberId });
      await this.auditLog.record(caller, { action: "member.delete", targetId: memberId });
    });
    return memberId;
  }

  async #getForUpdate(
    projectId: string,
    memberId: string,
    expectedVersion: number | null | undefined,
  ): Promise<Member> {
    const member = await this.unitOfWork.findForUpdate(Member, { projectId, memberId });
    if (!member) throw memberNotFound();
    assertVersion(member.version, expectedVersion);
    return member;
  }
}

export function emailKeyOf(emailAddress: string): string {
  return emailAddress.toLowerCase();
}

export function memberNotFound() {
  return new CountersignError("MEMBER_NOT_FOUND", "No such member");
}
