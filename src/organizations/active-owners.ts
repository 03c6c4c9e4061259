import type { EntityManager } from "typeorm";

/** The organization and the member that a row belongs to, in the order in which everything locks them. */
export const OWNERS = ["organization", "member"] as const;

/** The SQL of a row's columns that name its owners. */
interface OwnerKey {
  projectId: string;
  organizationId: string;
  memberId: string;
}

/** SQL that finds a member and its organization, by the aliases of `OWNERS`. */
export const owners = ({ projectId, organizationId, memberId }: OwnerKey) => `
  "organizations" AS organization
  JOIN "members" AS member
    ON member.project_id = organization.project_id
    AND member.organization_id = organization.organization_id
    AND organization.project_id = ${projectId} AND organization.organization_id = ${organizationId}
    AND member.member_id = ${memberId}`;

/**
 * SQL that joins a new row with its owners, if both are active, and locks them until the commit. A concurrent
 * deactivation waits, and then finds the new row.
 */
export function joinActiveOwners({ dataSource }: EntityManager, key: OwnerKey): string {
  const lock = dataSource.options.type === "postgres" ? `FOR SHARE OF ${OWNERS.join(", ")}` : "";
  return `CROSS JOIN ${owners(key)}
    WHERE organization.status = 'ACTIVE' AND member.status = 'ACTIVE' ${lock}`;
}
