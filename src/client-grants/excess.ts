import { isDeepStrictEqual } from "node:util";
import type { Client } from "../clients/client.entity.js";
import { mostSpecificLifetime, type WithLifetime } from "../projects/access-token-lifetime.js";
import { ClaimsTemplateError } from "../projects/claims-template-error.js";
import type { Project } from "../projects/project.entity.js";
import { pathsInTemplate } from "../projects/render-claims.js";
import { lookUp } from "../projects/template-expression.js";
import { M2M_TEMPLATE, type TemplatePath } from "../projects/template-language.js";
import type { HeldAuthority, HeldGrant } from "../shared/held-authority.js";
import { scopeMatcher } from "../shared/scopes.js";
import type { JsonObject } from "../shared/trusted-metadata.js";
import type { ClientGrant } from "./client-grant.entity.js";

/** What a client has, or is to have, and the caller does not hold. */
export interface Excess {
  /** Path in the input that asks for it. */
  path: readonly (string | number)[];
  /** A noun phrase, such as `the scope write:users`. */
  text: string;
}

type ProjectLifetime = Pick<Project, "accessTokenLifetimeSeconds">;

/** A grant, and the lifetime of its API. */
export type GrantOnApi = Pick<
  ClientGrant,
  "apiId" | "scopes" | "allScopes" | "accessTokenLifetimeSeconds"
> & { api: WithLifetime };

/** Of what limits every token of a client. */
export function excessOfLimits(held: HeldAuthority, client: Client): Excess[] {
  const excess: Excess[] = [];
  const add = (field: keyof Client, text: string) => excess.push({ path: ["input", field], text });
  const { expiresAt: end, grantTypes } = held;
  if (end && (client.expiresAt === null || client.expiresAt > end)) {
    add("expiresAt", `an end later than ${end.toISOString()} (expiresAt)`);
  }
  if (held.dpopBoundAccessTokens && !client.dpopBoundAccessTokens) {
    add("dpopBoundAccessTokens", "tokens that are not bound to a key (dpopBoundAccessTokens)");
  }
  const others = client.grantTypes.filter((name) => grantTypes && !grantTypes.includes(name));
  if (others.length > 0) add("grantTypes", `the grant types ${others.join(", ")}`);
  return excess;
}

/** Of the access to the project's own audience. @param scopes those of the client's that are judged */
export function excessOfScopes(
  held: HeldAuthority,
  client: Pick<Client, "scopes" | "accessTokenLifetimeSeconds">,
  project: ProjectLifetime,
  scopes: readonly string[] = client.scopes,
): Excess[] {
  return [
    ...uncovered(scopeMatcher(held.scopes), client.scopes, scopes),
    ...longer(mostSpecificLifetime(held, project), mostSpecificLifetime(client, project)),
  ];
}

/** Of the access to an API. @param scopes those of the grant's that are judged */
export function excessOfGrant(
  held: HeldAuthority,
  client: WithLifetime,
  grant: GrantOnApi,
  project: ProjectLifetime,
  scopes: readonly string[] = grant.scopes,
): Excess[] {
  const { apiId, api, allScopes } = grant;
  const heldGrant: HeldGrant | undefined = held.grants.get(apiId);
  if (!heldGrant) return [{ path: ["input"], text: `access to the API ${apiId}` }];
  const isCovered = heldGrant.allScopes ? () => true : scopeMatcher(heldGrant.scopes);
  const all = { path: ["input", "allScopes"], text: `all scopes of the API ${apiId}` };
  return [
    ...(allScopes && !heldGrant.allScopes ? [all] : []),
    ...uncovered(isCovered, grant.scopes, scopes),
    ...longer(
      mostSpecificLifetime(heldGrant, held, api, project),
      mostSpecificLifetime(grant, client, api, project),
    ),
  ];
}

/**
 * Of claims: values of trusted metadata that the project's template names, whatever else of the template has no value
 * now, such as a request parameter that a later request has.
 */
export function excessOfClaims(
  held: HeldAuthority,
  client: Pick<Client, "trustedMetadata">,
  { claimsTemplate }: Pick<Project, "claimsTemplate">,
): Excess[] {
  const isMore = metadataPaths(claimsTemplate).some((path) =>
    hasMoreAt(path, client.trustedMetadata, held.trustedMetadata),
  );
  return isMore ? [{ path: ["input"], text: "claims from its trusted metadata" }] : [];
}

/** Paths in trusted metadata. */
function metadataPaths(template: string | null): TemplatePath[] {
  try {
    return pathsInTemplate(template, M2M_TEMPLATE)
      .filter(([root, part]) => root === "client" && part === "trusted_metadata")
      .map(([_root, _part, ...path]) => path);
  } catch (error) {
    if (!(error instanceof ClaimsTemplateError)) throw error;
    // A template of an earlier version, with which nobody gets tokens until an operator changes it.
    return [[]];
  }
}

function hasMoreAt(path: TemplatePath, metadata: JsonObject, held: JsonObject): boolean {
  if (path.length === 0)
    return Object.keys(metadata).some((key) => hasMoreAt([key], metadata, held));
  const value = lookUp(path, metadata) ?? undefined;
  return value !== undefined && !isDeepStrictEqual(value, lookUp(path, held));
}

function uncovered(
  isCovered: (scope: string) => boolean,
  all: readonly string[],
  judged: readonly string[],
): Excess[] {
  return judged
    .filter((scope) => !isCovered(scope))
    .map((scope) => ({
      path: ["input", "scopes", all.indexOf(scope)],
      text: `the scope ${scope}`,
    }));
}

function longer(limit: number, seconds: number): Excess[] {
  if (seconds <= limit) return [];
  const path = ["input", "accessTokenLifetimeSeconds"];
  return [{ path, text: `tokens of ${seconds} seconds instead of ${limit}` }];
}
