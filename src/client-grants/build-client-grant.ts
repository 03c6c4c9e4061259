import type { Api } from "../apis/api.entity.js";
import type { Client } from "../clients/client.entity.js";
import { newId } from "../shared/ids.js";
import { ClientGrant } from "./client-grant.entity.js";

export interface GrantedAccess {
  scopes?: string[] | null | undefined;
  allScopes?: boolean | null | undefined;
  accessTokenLifetimeSeconds?: number | null | undefined;
  /** Ends secrets of the client that somebody made who could not have granted this (ADR 0019). */
  endSecrets?: boolean | null | undefined;
}

/** Builds a new grant of access that has been validated. */
export function buildClientGrant(
  { projectId, clientId }: Client,
  { apiId }: Api,
  { scopes, allScopes, accessTokenLifetimeSeconds }: GrantedAccess,
  now: Date,
): ClientGrant {
  return Object.assign(new ClientGrant(), {
    clientGrantId: newId("grant"),
    projectId,
    clientId,
    apiId,
    scopes: scopes ?? [],
    allScopes: allScopes ?? false,
    accessTokenLifetimeSeconds: accessTokenLifetimeSeconds ?? null,
    createdAt: now,
    updatedAt: now,
    version: 1,
  });
}
