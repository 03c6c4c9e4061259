import { In } from "typeorm";
import { Api } from "../apis/api.entity.js";
import { canBeManagementApi } from "../apis/api-store.js";
import { isBeyondMembers } from "../apis/member-grants.js";
import { Member } from "../organizations/member.entity.js";
import { mayManageClients, ownerOfMemberClients } from "../organizations/member-clients.js";
import { Organization } from "../organizations/organization.entity.js";
import type { UnitOfWork } from "../persistence/unit-of-work.js";
import { isSameOwner } from "../shared/client-owner.js";
import { CountersignError } from "../shared/errors.js";
import type { HeldGrant, ReadHeldAuthority } from "../shared/held-authority.js";
import { scopeMatcher } from "../shared/scopes.js";

/** A member holds what its organization lets members grant, as long as it lets this one. */
export function memberHolder(unitOfWork: UnitOfWork): ReadHeldAuthority {
  return async ({ projectId, actor, owner }) => {
    const { read } = unitOfWork;
    const member = await read.findOneBy(Member, { projectId, memberId: actor.id });
    if (member?.status !== "ACTIVE") throw managesNoClients();
    const { organizationId } = member;
    const organization = await read.findOneBy(Organization, { projectId, organizationId });
    if (organization?.status !== "ACTIVE") throw managesNoClients();
    const { memberClients } = organization;
    if (!mayManageClients(member, memberClients)) throw managesNoClients();
    if (!isSameOwner(ownerOfMemberClients(member, memberClients), owner)) throw managesNoClients();
    const { scopes, apiIds } = memberClients;
    const apis = await read.findBy(Api, { projectId, apiId: In(apiIds) });
    return {
      scopes,
      grants: new Map(apis.map((api) => [api.apiId, grantOn(api, scopes)])),
      accessTokenLifetimeSeconds: null,
      dpopBoundAccessTokens: false,
      grantTypes: null,
      expiresAt: null,
      trustedMetadata: (owner?.type === "MEMBER" ? member : organization).trustedMetadata,
    };
  };
}

/** What the API defines and the scopes cover, or the other way round. */
function grantOn(api: Api, scopes: readonly string[]): HeldGrant {
  const defined = api.scopes.map(({ value }) => value);
  const held = new Set([
    ...defined.filter(scopeMatcher(scopes)),
    ...scopes.filter(scopeMatcher(defined)),
  ]);
  // A later version may know a scope as a permission.
  const refused = canBeManagementApi(api) ? [...held].filter(isBeyondMembers) : [];
  for (const scope of refused) held.delete(scope);
  return { scopes: [...held], allScopes: false, accessTokenLifetimeSeconds: null };
}

function managesNoClients() {
  return new CountersignError("FORBIDDEN", "The member no longer manages the clients of its owner");
}
