import type { OwnerToDelete } from "../organizations/delete-owned-clients.js";
import { Member } from "../organizations/member.entity.js";
import { memberNotFound } from "../organizations/member-store.js";
import { Organization } from "../organizations/organization.entity.js";
import { organizationNotFound } from "../organizations/organization-store.js";
import type { UnitOfWork } from "../persistence/unit-of-work.js";
import type { ClientOwner, ClientOwnerType } from "../shared/client-owner.js";
import { Client } from "./client.entity.js";
import { OWNER_IS_ACTIVE } from "./usable-client.js";

type OwnedClient = Pick<Client, "clientId" | "ownerType" | "ownerId">;

/** The organizations and members that clients belong to. */
export class ClientOwners {
  constructor(private readonly unitOfWork: UnitOfWork) {}

  /**
   * Keeps an owner from being deleted until the active unit of work commits. It may be inactive: its clients get
   * no tokens until it is active. Call it before a client is locked, as the deletion of an owner does.
   * @throws ORGANIZATION_NOT_FOUND, MEMBER_NOT_FOUND
   */
  async lock(projectId: string, { type, id }: ClientOwner): Promise<void> {
    if (type === "ORGANIZATION") await this.#lockOrganization(projectId, id);
    if (type === "MEMBER") await this.#lockMember(projectId, id);
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
      .select(OWNER_IS_ACTIVE, "isActive")
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

  async #lockOrganization(projectId: string, organizationId: string): Promise<void> {
    const organization = await this.unitOfWork.findForShare(Organization, {
      projectId,
      organizationId,
    });
    if (!organization) throw organizationNotFound();
  }

  /** Locks the organization first, with which the member would be deleted. */
  async #lockMember(projectId: string, memberId: string): Promise<void> {
    const where = { projectId, memberId };
    const member = await this.unitOfWork.read.findOneBy(Member, where);
    if (!member) throw memberNotFound();
    const { organizationId } = member;
    await this.unitOfWork.findForShare(Organization, { projectId, organizationId });
    if (!(await this.unitOfWork.findForShare(Member, where))) throw memberNotFound();
  }
}

/** Units of work lock clients in this order. */
function sorted(clients: readonly OwnedClient[]): OwnedClient[] {
  return [...clients].sort((a, b) => (a.clientId < b.clientId ? -1 : 1));
}
