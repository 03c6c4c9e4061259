import { z } from "zod";
import { machineOf, type Preset, type PresetSettings } from "./preset.js";

const GUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const tenantGuid = z
  .string()
  .toLowerCase()
  .refine(
    (id) => !["common", "organizations", "consumers"].includes(id),
    "Must be the id of one tenant; the provider ENTRA_MULTI_TENANT accepts many",
  )
  .regex(
    GUID,
    "Must be the tenant's id, a GUID: `iss` names the tenant by its GUID, so a domain would never match",
  );

/**
 * `oid` is the user's id in the tenant, for every application and in Microsoft Graph; `sub` is another one in each
 * application. Neither `email` nor `preferred_username` is mapped: an administrator of any tenant sets them to
 * anybody's address, which Microsoft does not verify.
 */
const settingsOf = (issuer: string | undefined): PresetSettings => ({
  issuer,
  allowedAlgorithms: ["RS256"],
  attributeMapping: { externalMemberId: "oid", name: "name" },
});

/** `https://{host}/{tenant}/v2.0`, also on hosts of national clouds and of external tenants. */
const VERSION_2_ISSUER = /^(https:\/\/[^/]+)\/([^/]+)\/v2\.0$/;

function keySetUrl(issuer: string): string | undefined {
  const [, host, tenant] = VERSION_2_ISSUER.exec(issuer) ?? [];
  if (!host || !tenant) return undefined;
  return `${host}/${GUID.test(tenant) ? tenant : "common"}/discovery/v2.0/keys`;
}

/** Whether a token is of version 1.0, and the profile expects version 2.0. */
export function isOlderEntraIssuer(iss: unknown, expected: string): boolean {
  const isOlder = typeof iss === "string" && iss.startsWith("https://sts.windows.net/");
  return isOlder && VERSION_2_ISSUER.test(expected);
}

const audience = {
  path: ["audience"],
  what: "`audience`, the application (client) id of your app registration",
};

/** `oid` and `sub` of a daemon are the object id of its service principal; `azp` is its application id. */
const workload = machineOf(["oid", "sub", "azp"], "00001111-aaaa-2222-bbbb-3333cccc4444");

/** https://learn.microsoft.com/en-us/entra/identity-platform/id-token-claims-reference */
export const entraSingleTenant: Preset = {
  title: "Entra (one tenant)",
  description:
    "ID tokens, or access tokens of version 2.0, of one Microsoft Entra tenant. Give `tenantId`, a GUID, and `audience`, the application (client) id.",
  parameters: { tenantId: tenantGuid },
  settings: ({ tenantId }) =>
    settingsOf(tenantId && `https://login.microsoftonline.com/${tenantId}/v2.0`),
  keySetUrl,
  needs: {
    issuer: {
      path: ["preset", "tenantId"],
      what: "`tenantId`, the directory (tenant) id: a GUID",
    },
    audience,
  },
  workload,
};

export const entraMultiTenant: Preset = {
  title: "Entra (many tenants)",
  description:
    "ID tokens, or access tokens of version 2.0, of every Microsoft Entra tenant. A user is a member of the organization whose external id is the tenant's id. Give `audience`, the application (client) id.",
  parameters: {},
  unused: {
    tenantId:
      "it accepts every tenant whose id is the external id of an organization. A claim condition on `tid` restricts them further",
  },
  settings: (_, { isForClient }) => {
    const settings = settingsOf("https://login.microsoftonline.com/{tid}/v2.0");
    if (isForClient) return settings;
    return {
      ...settings,
      attributeMapping: { ...settings.attributeMapping, organizationId: "tid" },
    };
  },
  keySetUrl,
  needs: { audience },
  workload,
};
