import { likeContains } from "../persistence/name-search.js";
import { keysetPage, type Page, type PageRequest } from "../persistence/page.js";
import type { UnitOfWork } from "../persistence/unit-of-work.js";
import { assertPermitted, type Caller } from "../shared/caller.js";
import { validate } from "../shared/validation.js";
import { Organization, type OrganizationStatus } from "./organization.entity.js";
import { organizationFilterRules } from "./organization-rules.js";

/** All given conditions must hold. */
export interface OrganizationFilter {
  /** Part of the name, case-insensitive. */
  nameContains?: string | null | undefined;
  slug?: string | null | undefined;
  externalId?: string | null | undefined;
  status?: OrganizationStatus | null | undefined;
}

export const ORGANIZATION_ORDER_FIELDS = {
  CREATED_AT: "createdAt",
  UPDATED_AT: "updatedAt",
  NAME: "normalizedName",
} as const;

export interface OrganizationOrder {
  field: keyof typeof ORGANIZATION_ORDER_FIELDS;
  direction: "ASC" | "DESC";
}

export const NEWEST_FIRST: OrganizationOrder = { field: "CREATED_AT", direction: "DESC" };

/** Lists the organizations of a project. */
export class OrganizationList {
  constructor(private readonly unitOfWork: UnitOfWork) {}

  /** @throws BAD_USER_INPUT */
  async page(
    caller: Caller,
    request: PageRequest,
    filter: OrganizationFilter,
    { field, direction }: OrganizationOrder,
  ): Promise<Page<Organization>> {
    assertPermitted(caller, "organizations:read");
    const { projectId } = caller;
    const validated = validate(organizationFilterRules, filter, ["filter"]);
    const { nameContains, slug, externalId, status } = validated;
    const query = this.unitOfWork.read
      .createQueryBuilder(Organization, "organization")
      .where({ projectId });
    if (typeof slug === "string") query.andWhere({ slug });
    if (typeof externalId === "string") query.andWhere({ externalId });
    if (status) query.andWhere({ status });
    if (nameContains) {
      const pattern = likeContains(nameContains);
      query.andWhere("organization.normalizedName LIKE :pattern ESCAPE '\\'", { pattern });
    }
    const by = ORGANIZATION_ORDER_FIELDS[field];
    return keysetPage(query, request, { by, id: "organizationId", direction });
  }
}
