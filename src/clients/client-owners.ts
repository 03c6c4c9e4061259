import type { EntityManager } from "typeorm";
import type { OwnerToDelete } from "../organizations/delete-owned-clients.js";
import { Member } from "../organizations/member.entity.js";
import { memberNotFound } from "../organizations/member-store.js";
import { Organization } from "../organizations/organization.entity.js";
import { organizationNotFound } from "../organizations/organization-store.js";
import type { UnitOfWork } from "../persistence/unit-of-work.js";
import type { ClientOwner, ClientOwnerType } from "../shared/client-owner.js";
import type { ClientReach } from "../shared/client-reach.js";
import { CountersignError } from "../shared/errors.js";
import { Client } from "./client.entity.js";
import { ownerIsActive } from "./usable-client.js";

type OwnedClient = Pick<Client, "clientId" | "ownerType" | "ownerId">;

/** The organizations and members that clients belong to. */
export class ClientOwners {
  constructor(private readonly unitOfWork: UnitOfWork) {}

  /**
   * Keeps an owner from being deleted until the active unit of work commits. It may be inactive: its clients get
   * no tokens until it is active. Call it before a client is locked, as the deletion of an owner does.
   * @throws ORGANIZATION_NOT_FOUND, MEMBER_NOT_FOUND
   */
  async lock(projectId: string, owner: ClientOwner): Promise<void> {
    if (await this.#lockIfExists(projectId, owner)) return;
    throw owner.type === "MEMBER" ? memberNotFound() : organizationNotFound();
  }

  /**
   * Keeps the caller's owner as it is, and the member that the caller is, of whose organization the clients may be.
   * @throws FORBIDDEN if one of them has been deleted meanwhile
   */
  async lockWithin({ projectId, owner, caller: { actor } }: ClientReach): Promise<void> {
    if (owner === null) return;
    const isMember = actor.type === "MEMBER";
    const member: ClientOwner[] = isMember ? [{ type: "MEMBER", id: actor.id }] : [];
    for (const one of [owner, ...member]) {
      if (await this.#lockIfExists(projectId, one)) continue;
      throw new CountersignError("FORBIDDEN", "The caller's owner has been deleted");
    }
  }

  /** Whether the owner of a client is active, by a read only if it is an organization or a member. */
  async isActive({
    projectId,
    clientId,
    ownerType,
  }: Pick<Client, "projectId" | "clientId" | "ownerType">): Promise<boolean> {
    if (ownerType === null || ownerType === "EXTERNAL") return true;
    const row = await this.unitOfWork.read
      .createQueryBuilder(Client, "client")
      .select(ownerIsActive("client"), "isActive")
      .where("client.projectId = :projectId AND client.clientId = :clientId")
      .setParameters({ projectId, clientId })
      .getRawOne<{ isActive: boolean | number }>();
    return Boolean(row?.isActive);
  }

  /** The clients of a member, or of an organization and its members, in the order of their ids. */
  async findOwned(projectId: string, owner: OwnerToDelete): Promise<OwnedClient[]> {
    const { read } = this.unitOfWork;
    const isMember = "memberId" in owner;
    const id = isMember ? owner.memberId : owner.organizationId;
    const ofType = (ownerType: ClientOwnerType, condition: string) =>
      read
        .createQueryBuilder(Client, "client")
        .select("client.clientId", "clientId")
        .addSelect("client.ownerType", "ownerType")
        .addSelect("client.ownerId", "ownerId")
        .where("client.projectId = :projectId AND client.ownerType = :ownerType")
        .andWhere(`client.ownerId ${condition}`)
        .setParameters({ projectId, ownerType, id })
        .getRawMany<OwnedClient>();
    if (isMember) return sorted(await ofType("MEMBER", "= :id"));
    const members = read
      .createQueryBuilder(Member, "member")
      .select("member.memberId")
      .where("member.projectId = :projectId AND member.organizationId = :id");
    return sorted([
      ...(await ofType("ORGANIZATION", "= :id")),
      ...(await ofType("MEMBER", `IN (${members.getQuery()})`)),
    ]);
  }

  async #lockIfExists(projectId: string, { type, id }: ClientOwner): Promise<boolean> {
    if (type === "ORGANIZATION") return this.#lockOrganization(projectId, id);
    if (type === "MEMBER") return this.#lockMember(projectId, id);
    return true;
  }

  async #lockOrganization(projectId: string, organizationId: string): Promise<boolean> {
    const where = { projectId, organizationId };
    return (await this.unitOfWork.findForShare(Organization, where)) !== null;
  }

  /** Locks the organization first, with which the member would be deleted. */
  async #lockMember(projectId: string, memberId: string): Promise<boolean> {
    const where = { projectId, memberId };
    const member = await this.unitOfWork.read.findOneBy(Member, where);
    if (!member || !(await this.#lockOrganization(projectId, member.organizationId))) return false;
    return (await this.unitOfWork.findForShare(Member, where)) !== null;
  }
}

/** Counts the clients of exactly this owner, whatever their status. */
export function countOwnedBy(
  read: EntityManager,
  projectId: string,
  { type, id }: ClientOwner,
): Promise<number> {
  return read.countBy(Client, { projectId, ownerType: type, ownerId: id });
}

/** Units of work lock clients in this order. */
function sorted(clients: readonly OwnedClient[]): OwnedClient[] {
  return [...clients].sort((a, b) => (a.clientId < b.clientId ? -1 : 1));
}
