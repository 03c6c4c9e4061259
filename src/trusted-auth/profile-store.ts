import { isDeepStrictEqual } from "node:util";
import type { QueryDeepPartialEntity } from "typeorm";
import type { AuditActionOn } from "../audit/audit-actions.js";
import { Client } from "../clients/client.entity.js";
import type { ClientAuthority } from "../clients/client-authority.js";
import { clientNotFound } from "../clients/client-store.js";
import type { OrganizationStore } from "../organizations/organization-store.js";
import { applyChange } from "../persistence/apply-change.js";
import { insertMany } from "../persistence/insert-many.js";
import { assertVersion, versionConflict } from "../persistence/optimistic-lock.js";
import type { Platform } from "../platform/platform.js";
import type { Caller } from "../shared/caller.js";
import { everyClient } from "../shared/client-reach.js";
import {
  CountersignError,
  type CountersignErrorOptions,
  type ErrorDetails,
} from "../shared/errors.js";
import { bothMakers, makerOf } from "../shared/maker.js";
import type { JsonObject } from "../shared/trusted-metadata.js";
import { idToLookUp, validate } from "../shared/validation.js";
import { isWellFormedText } from "../shared/well-formed-text.js";
import { TrustedAuthProfile } from "./profile.entity.js";
import { addsNothing, assertMayTrust, pathOfChange } from "./profile-authority.js";
import { assertConsistent } from "./profile-rules.js";
import { possibleIssuers } from "./trusted-issuers.js";
import { issuerDigest, WorkloadIssuer, workloadIssuers } from "./workload-issuer.entity.js";

export interface ProfileRef {
  profileId: string;
  expectedVersion?: number | null | undefined;
}

/** Stores profiles and their audit events. */
export class ProfileStore {
  constructor(
    private readonly platform: Platform,
    private readonly organizations: OrganizationStore,
    private readonly authority: ClientAuthority,
  ) {}

  async find(projectId: string, profileId: string): Promise<TrustedAuthProfile | null> {
    if (!isWellFormedText(profileId)) return null;
    return this.platform.unitOfWork.read.findOneBy(TrustedAuthProfile, { projectId, profileId });
  }

  /** @throws PROFILE_NOT_FOUND */
  async get(projectId: string, profileId: string): Promise<TrustedAuthProfile> {
    validate(idToLookUp, profileId, ["profileId"]);
    const profile = await this.find(projectId, profileId);
    if (!profile) throw profileNotFound();
    return profile;
  }

  /**
   * The profiles that identify clients and accept the issuer of a token, as far as its claims tell.
   * @param clientId absent: of any client
   * @param limit loads no more
   */
  async findWorkloadProfiles(
    projectId: string,
    claims: JsonObject,
    clientId: string | undefined,
    limit: number,
  ): Promise<TrustedAuthProfile[]> {
    const digests = possibleIssuers(claims).map(issuerDigest);
    if (digests.length === 0) return [];
    const { read } = this.platform.unitOfWork;
    const accepting = read
      .createQueryBuilder(WorkloadIssuer, "accepted")
      .select("accepted.profileId")
      .where("accepted.projectId = :projectId AND accepted.issuerDigest IN (:...digests)");
    const query = read
      .createQueryBuilder(TrustedAuthProfile, "profile")
      .where(`profile.projectId = :projectId AND profile.profileId IN (${accepting.getQuery()})`)
      .setParameters({ projectId, digests })
      .limit(limit);
    if (clientId !== undefined) query.andWhere("profile.clientId = :clientId", { clientId });
    return query.getMany();
  }

  /**
   * Must run in a unit of work.
   * @throws BAD_USER_INPUT, ORGANIZATION_NOT_FOUND, CLIENT_NOT_FOUND, FORBIDDEN
   */
  async insert(caller: Caller, profile: TrustedAuthProfile): Promise<void> {
    const client = await this.#lockClient(profile.projectId, profile.clientId);
    await this.#validate(profile);
    await this.#assertMayTrust(caller, null, profile, client);
    // A copy, since TypeORM puts into it what PostgreSQL returns for columns with a default: JSON as text.
    const row = { ...profile } as QueryDeepPartialEntity<TrustedAuthProfile>;
    const manager = this.platform.unitOfWork.activeManager;
    await manager.insert(TrustedAuthProfile, row);
    await insertMany(manager, WorkloadIssuer, workloadIssuers(profile));
    const { profileId } = profile;
    await this.platform.auditLog.record(caller, { action: "profile.create", targetId: profileId });
  }

  /**
   * Changes a profile in a unit of work: `mutate` edits the loaded row.
   * @param newClientId absent: the profile keeps its client
   * @throws PROFILE_NOT_FOUND, VERSION_CONFLICT, and what `insert` throws
   */
  async change(
    caller: Caller,
    ref: ProfileRef,
    action: AuditActionOn<"profile">,
    mutate: (profile: TrustedAuthProfile) => void,
    newClientId?: string | null,
  ): Promise<TrustedAuthProfile> {
    return this.platform.unitOfWork.write(async (manager) => {
      const clientId = await this.#clientIdAfter(caller.projectId, ref.profileId, newClientId);
      const client = await this.#lockClient(caller.projectId, clientId);
      const profile = await this.#getForUpdate(caller.projectId, ref);
      // Somebody else has just given the profile another client, which is not locked.
      if (newClientId === undefined && profile.clientId !== clientId) throw versionConflict();
      const before = { ...profile };
      const isChanged = await applyChange(profile, this.platform.clock.now(), mutate);
      await this.#validate(profile);
      if (!addsNothing(before, profile)) {
        await this.#assertMayTrust(caller, before, profile, client);
      }
      if (!isChanged) return profile;
      const { projectId, profileId, ...columns } = profile;
      const row = columns as QueryDeepPartialEntity<TrustedAuthProfile>;
      await manager.update(TrustedAuthProfile, { projectId, profileId }, row);
      const issuers = workloadIssuers(profile);
      if (!isDeepStrictEqual(issuers, workloadIssuers(before))) {
        await manager.delete(WorkloadIssuer, { projectId, profileId });
        await insertMany(manager, WorkloadIssuer, issuers);
      }
      await this.platform.auditLog.record(caller, { action, targetId: profileId });
      return profile;
    });
  }

  /** @throws PROFILE_NOT_FOUND, VERSION_CONFLICT */
  async delete(caller: Caller, ref: ProfileRef): Promise<void> {
    await this.platform.unitOfWork.write(async (manager) => {
      const { projectId, profileId } = await this.#getForUpdate(caller.projectId, ref);
      await manager.delete(TrustedAuthProfile, { projectId, profileId });
      await this.platform.auditLog.record(caller, {
        action: "profile.delete",
        targetId: profileId,
      });
    });
  }

  async #getForUpdate(projectId: string, ref: ProfileRef): Promise<TrustedAuthProfile> {
    const { profileId, expectedVersion } = ref;
    const where = { projectId, profileId };
    const profile = await this.platform.unitOfWork.findForUpdate(TrustedAuthProfile, where);
    if (!profile) throw profileNotFound();
    assertVersion(profile.version, expectedVersion);
    return profile;
  }

  async #clientIdAfter(
    projectId: string,
    profileId: string,
    newClientId: string | null | undefined,
  ): Promise<string | null> {
    if (newClientId !== undefined) return newClientId;
    return (await this.find(projectId, profileId))?.clientId ?? null;
  }

  /** Everything that changes a client's credentials locks the client before them. */
  async #lockClient(projectId: string, clientId: string | null): Promise<Client | null> {
    if (clientId === null) return null;
    return this.platform.unitOfWork.findForUpdate(Client, { projectId, clientId });
  }

  /**
   * Checks that a caller may let the profile's tokens do what they can, and records it as maker.
   * @param before the profile before the change; null: it is new
   * @param client the profile's, locked; null: there is none
   * @throws FORBIDDEN, CLIENT_NOT_FOUND
   */
  async #assertMayTrust(
    caller: Caller,
    before: TrustedAuthProfile | null,
    profile: TrustedAuthProfile,
    client: Client | null,
  ): Promise<void> {
    assertMayTrust(caller, before, profile);
    profile.maker = bothMakers(profile.maker, makerOf(caller));
    if (profile.clientId === null) return;
    if (!client) throw clientNotFound();
    const path = pathOfChange(before, profile, ["clientId"]);
    await this.authority.assertMayActAs(everyClient(caller), client, path);
  }

  async #validate(profile: TrustedAuthProfile): Promise<void> {
    assertConsistent(profile);
    const { projectId, organizationId } = profile;
    if (organizationId !== null) await this.organizations.get(projectId, organizationId);
  }
}

export function profileNotFound(details?: ErrorDetails, options?: CountersignErrorOptions) {
  return new CountersignError(
    "PROFILE_NOT_FOUND",
    "No such trusted auth profile",
    details,
    options,
  );
}
