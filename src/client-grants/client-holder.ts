import { Client, ownerOf } from "../clients/client.entity.js";
import type { UnitOfWork } from "../persistence/unit-of-work.js";
import { isSameOwner } from "../shared/client-owner.js";
import { CountersignError } from "../shared/errors.js";
import type { ReadHeldAuthority } from "../shared/held-authority.js";
import { ClientGrant } from "./client-grant.entity.js";
import { effectiveScopes } from "./effective-scopes.js";

/** A client holds its scopes, its grants, and the limits of its own tokens. */
export function clientHolder(unitOfWork: UnitOfWork): ReadHeldAuthority {
  return async ({ projectId, actor, owner }) => {
    const where = { projectId, clientId: actor.id };
    const client = await unitOfWork.read.findOneBy(Client, where);
    if (!client || !isSameOwner(ownerOf(client), owner)) {
      throw new CountersignError("FORBIDDEN", "The caller is no longer a client of its owner");
    }
    const grants = await unitOfWork.read.find(ClientGrant, { where, relations: { api: true } });
    const { scopes, accessTokenLifetimeSeconds, dpopBoundAccessTokens, grantTypes } = client;
    return {
      scopes,
      grants: new Map(
        grants.map((grant) => [
          grant.apiId,
          {
            scopes: effectiveScopes(grant.api, grant),
            allScopes: grant.allScopes,
            accessTokenLifetimeSeconds: grant.accessTokenLifetimeSeconds,
          },
        ]),
      ),
      accessTokenLifetimeSeconds,
      dpopBoundAccessTokens,
      grantTypes,
      expiresAt: client.expiresAt,
      trustedMetadata: client.trustedMetadata,
    };
  };
}
