import type { ApiScope } from "../apis/api.entity.js";
import type { NarrowGrants } from "../apis/api.service.js";
import { insertMany } from "../persistence/insert-many.js";
import type { Platform } from "../platform/platform.js";
import { scopeMatcher } from "../shared/scopes.js";
import { ClientGrant } from "./client-grant.entity.js";

/** Rows that one statement changes. */
const CHUNK_SIZE = 1000;

const REPLACE_SCOPES =
  "(client_grant_id) DO UPDATE SET scopes = excluded.scopes, version = excluded.version, updated_at = excluded.updated_at";

/**
 * Leaves in the grants on an API what it defined before its change and still defines, so that a scope that comes back
 * is nobody's until it is granted again.
 */
export function narrowGrants({ unitOfWork, auditLog, clock }: Platform): NarrowGrants {
  return async (caller, { projectId, apiId, scopes }, formerScopes) => {
    const covers = (list: readonly ApiScope[]) => scopeMatcher(list.map(({ value }) => value));
    const [wasDefined, isDefined] = [covers(formerScopes), covers(scopes)];
    const where = { projectId, apiId, allScopes: false };
    const grants = await unitOfWork.findAllForUpdate(ClientGrant, where, "clientGrantId");
    const updatedAt = clock.now();
    const narrowed = grants.flatMap((grant) => {
      const kept = grant.scopes.filter((scope) => wasDefined(scope) && isDefined(scope));
      if (kept.length === grant.scopes.length) return [];
      return Object.assign(grant, { scopes: kept, version: grant.version + 1, updatedAt });
    });
    for (let start = 0; start < narrowed.length; start += CHUNK_SIZE) {
      const chunk = narrowed.slice(start, start + CHUNK_SIZE);
      await insertMany(unitOfWork.activeManager, ClientGrant, chunk, REPLACE_SCOPES);
      await auditLog.recordAll(
        caller,
        chunk.map(({ clientGrantId }) => ({
          action: "clientGrant.update",
          targetId: clientGrantId,
        })),
      );
    }
    return narrowed.map(({ clientGrantId }) => clientGrantId);
  };
}
