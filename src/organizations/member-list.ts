import { likeContains } from "../persistence/name-search.js";
import { keysetPage, type Page, type PageRequest } from "../persistence/page.js";
import type { UnitOfWork } from "../persistence/unit-of-work.js";
import { assertPermitted, type Caller } from "../shared/caller.js";
import { validate } from "../shared/validation.js";
import { Member, type MemberStatus } from "./member.entity.js";
import { normalizeEmail } from "./member-store.js";
import { memberFilterRules } from "./organization-rules.js";
import type { OrganizationStore } from "./organization-store.js";

/** All given conditions must hold; email addresses and names are compared case-insensitively. */
export interface MemberFilter {
  emailAddress?: string | null | undefined;
  emailContains?: string | null | undefined;
  nameContains?: string | null | undefined;
  externalId?: string | null | undefined;
  status?: MemberStatus | null | undefined;
}

export const MEMBER_ORDER_FIELDS = {
  CREATED_AT: "createdAt",
  UPDATED_AT: "updatedAt",
  NAME: "normalizedName",
} as const;

export interface MemberOrder {
  field: keyof typeof MEMBER_ORDER_FIELDS;
  direction: "ASC" | "DESC";
}

export const NEWEST_FIRST: MemberOrder = { field: "CREATED_AT", direction: "DESC" };

/** Lists the members of a project or of an organization. */
export class MemberList {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly organizations: OrganizationStore,
  ) {}

  /**
   * @param organizationId absent: the members of all organizations
   * @throws BAD_USER_INPUT, ORGANIZATION_NOT_FOUND
   */
  async page(
    caller: Caller,
    organizationId: string | null | undefined,
    request: PageRequest,
    filter: MemberFilter,
    { field, direction }: MemberOrder,
  ): Promise<Page<Member>> {
    assertPermitted(caller, "members:read");
    const { projectId } = caller;
    const validated = validate(memberFilterRules, filter, ["filter"]);
    const { emailAddress, emailContains, nameContains, externalId, status } = validated;
    const query = this.unitOfWork.read.createQueryBuilder(Member, "member").where({ projectId });
    if (typeof organizationId === "string") {
      await this.organizations.get(projectId, organizationId);
      query.andWhere({ organizationId });
    }
    if (typeof emailAddress === "string") {
      query.andWhere({ normalizedEmail: normalizeEmail(emailAddress.trim()) });
    }
    if (typeof externalId === "string") query.andWhere({ externalId });
    if (status) query.andWhere({ status });
    if (emailContains) {
      const emailPattern = likeContains(emailContains);
      query.andWhere("member.normalizedEmail LIKE :emailPattern ESCAPE '\\'", { emailPattern });
    }
    if (nameContains) {
      const namePattern = likeContains(nameContains);
      query.andWhere("member.normalizedName LIKE :namePattern ESCAPE '\\'", { namePattern });
    }
    const by = MEMBER_ORDER_FIELDS[field];
    return keysetPage(query, request, { by, id: "memberId", direction });
  }
}
