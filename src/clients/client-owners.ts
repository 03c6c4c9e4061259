import { Member } from "../organizations/member.entity.js";
import { memberNotFound } from "../organizations/member-store.js";
import { Organization } from "../organizations/organization.entity.js";
import { organizationNotFound } from "../organizations/organization-store.js";
import type { UnitOfWork } from "../persistence/unit-of-work.js";
import type { ClientOwner } from "../shared/client-owner.js";
import type { ClientReach } from "../shared/client-reach.js";

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

  /**
   * Keeps the caller's owner as it is, and the member that the caller is, of whose organization the clients may be.
   * @throws ORGANIZATION_NOT_FOUND, MEMBER_NOT_FOUND
   */
  async lockWithin({ projectId, owner, caller: { actor } }: ClientReach): Promise<void> {
    if (owner === null) return;
    await this.lock(projectId, owner);
    if (actor.type === "MEMBER") await this.lock(projectId, { type: "MEMBER", id: actor.id });
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
