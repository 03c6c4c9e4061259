import { normalizeName } from "../persistence/name-search.js";
import { newId } from "../shared/ids.js";
import { type JsonObject, mergeTrustedMetadata } from "../shared/trusted-metadata.js";
import type { MemberClients, MemberClientsInput } from "./member-clients.js";
import { Organization } from "./organization.entity.js";

export interface OrganizationDescription {
  slug?: string | null | undefined;
  externalId?: string | null | undefined;
  trustedMetadata?: JsonObject | null | undefined;
}

export interface NewOrganization extends OrganizationDescription {
  name: string;
  memberClients?: MemberClientsInput | null | undefined;
  idempotencyKey?: string | null | undefined;
}

/** What an organization has after validation. */
export interface OrganizationSettings extends OrganizationDescription {
  name: string;
  memberClients?: MemberClients | null | undefined;
}

/**
 * Builds a new organization of fields that have been validated.
 * @param defaultOfProject the project's id for its default organization, otherwise null
 * @throws BAD_USER_INPUT for its trusted metadata
 */
export function buildOrganization(
  projectId: string,
  {
    name,
    slug,
    externalId,
    memberClients,
    trustedMetadata,
  }: OrganizationSettings & { slug: string },
  defaultOfProject: string | null,
  now: Date,
): Organization {
  return Object.assign(new Organization(), {
    projectId,
    organizationId: newId("organization"),
    name,
    normalizedName: normalizeName(name),
    slug,
    externalId: externalId ?? null,
    status: "ACTIVE" as const,
    defaultOfProject,
    memberClients: memberClients ?? null,
    trustedMetadata: mergeTrustedMetadata({}, trustedMetadata ?? {}),
    createdAt: now,
    updatedAt: now,
    version: 1,
  });
}
