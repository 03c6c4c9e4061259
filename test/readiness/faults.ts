import type { EntityTarget, ObjectLiteral } from "typeorm";
import { Api } from "../../src/apis/api.entity.js";
import { ClientGrant } from "../../src/client-grants/client-grant.entity.js";
import { Client } from "../../src/clients/client.entity.js";
import { ClientSecret } from "../../src/clients/client-secret.entity.js";
import { ManagementKey } from "../../src/projects/management-key.entity.js";
import { Project } from "../../src/projects/project.entity.js";
import { secondsFrom } from "../../src/shared/clock.js";
import { PublishedKey } from "../../src/signing-keys/published-key.entity.js";
import { SigningKey } from "../../src/signing-keys/signing-key.entity.js";
import { TrustedAuthProfile } from "../../src/trusted-auth/profile.entity.js";
import { clientKey, createApi, createGrant } from "../oauth/oauth-operations.js";
import { createMember, createOrganization } from "../organizations/organization-operations.js";
import type { GraphqlClient } from "../support/graphql-client.js";
import {
  createClient,
  createKey,
  issueToken,
  START_ROTATION,
  updateClient,
  updateProject,
} from "../support/operations.js";
import type { TestServer } from "../support/test-server.js";
import { createProfile } from "../trusted-auth/attestation-operations.js";

/** A project without findings, in which a fault is planted. */
export interface Garden {
  server: TestServer;
  projectId: string;
  operator: GraphqlClient;
}

const DAY_SECONDS = 86_400;

/** Changes rows as time would, or as a former version has left them. */
async function edit<Row extends ObjectLiteral>(
  { server, projectId }: Garden,
  entity: EntityTarget<Row>,
  changes: object,
  where: object = {},
): Promise<void> {
  await server.services.unitOfWork.write((manager) =>
    manager.update(entity, { projectId, ...where } as never, changes as never),
  );
}

const ago = ({ server }: Garden, days: number) =>
  secondsFrom(server.clock.now(), -days * DAY_SECONDS);

const clientWith =
  (changes: (garden: Garden) => object, input: object = {}) =>
  async (garden: Garden) => {
    await createClient(garden.operator, input);
    await edit(garden, Client, changes(garden));
  };

const secretWith = (changes: (garden: Garden) => object) => async (garden: Garden) => {
  await createClient(garden.operator, {});
  await edit(garden, ClientSecret, changes(garden));
};

const grantWith = (changes: object) => async (garden: Garden) => {
  const { clientId } = await createClient(garden.operator, {});
  const { apiId } = await createApi(garden.operator);
  await createGrant(garden.operator, { clientId }, { apiId }, { scopes: ["read:invoices"] });
  await edit(garden, ClientGrant, changes);
};

const keyWith =
  (permissions: string[], changes: (garden: Garden) => object) => async (garden: Garden) => {
    const { managementKey } = await createKey(garden.operator, permissions);
    const { managementKeyId } = managementKey;
    await edit(garden, ManagementKey, changes(garden), { managementKeyId });
  };

const CONDITIONS = [{ claim: "team", operator: "EQUALS", values: ["billing"] }];

/** A profile as the docs recommend, but for the changes. */
const profileWith = (changes: object) => async (garden: Garden) => {
  const { jwk } = await clientKey();
  await updateProject(garden.operator, {
    maximumSessionDurationMinutes: 480,
    maximumSessionAgeMinutes: 1440,
  });
  await createProfile(garden.operator, { keys: { publicKeys: [{ jwk }] } });
  await edit(garden, TrustedAuthProfile, { claimConditions: CONDITIONS, ...changes });
};

const projectWith =
  (changes: (garden: Garden) => object) =>
  (garden: Garden): Promise<void> =>
    edit(garden, Project, changes(garden));

/** A client that has used one of two scopes lately. */
async function useOneScope(garden: Garden, input: object, grants: boolean): Promise<void> {
  const { operator, server } = garden;
  const client = await createClient(operator, input);
  let audience = garden.projectId;
  if (grants) {
    const api = await createApi(operator);
    const scopes = ["read:invoices", "write:invoices"];
    await createGrant(operator, client, api, { scopes });
    audience = api.identifier;
  }
  await issueToken(operator, client, {
    projectId: garden.projectId,
    audience,
    scopes: ["read:invoices"],
  });
  await server.services.usageRecorder.flush();
  await edit(garden, Client, { lastUsedAt: server.clock.now(), updatedAt: ago(garden, 100) });
  await edit(garden, ClientGrant, { updatedAt: ago(garden, 100) });
  await edit(garden, Project, { createdAt: ago(garden, 200), scopeUseSince: ago(garden, 100) });
}

/** How each fault of the data comes about, by the check that must find it and no other. */
export const FAULTS: Readonly<Record<string, (garden: Garden) => Promise<unknown>>> = {
  "project-token-lifetime": projectWith(() => ({ accessTokenLifetimeSeconds: 7200 })),
  "api-token-lifetime": async (garden) => {
    await createApi(garden.operator);
    await edit(garden, Api, { accessTokenLifetimeSeconds: 7200 });
  },
  "client-token-lifetime": clientWith(() => ({ accessTokenLifetimeSeconds: 7200 })),
  "grant-token-lifetime": grantWith({ accessTokenLifetimeSeconds: 7200 }),
  "maximum-token-lifetime": projectWith(() => ({ maximumAccessTokenLifetimeSeconds: 604_800 })),
  "session-age-unlimited": async (garden) => {
    await profileWith({})(garden);
    await edit(garden, Project, { maximumSessionAgeMinutes: null });
  },
  "signing-key-old": (garden) => edit(garden, SigningKey, { activatedAt: ago(garden, 400) }),
  "signing-key-rotation-off": projectWith(() => ({ environment: "LIVE" })),
  "signing-key-overdue": async (garden) => {
    await edit(garden, Project, { signingKeyRotationDays: 90 });
    await edit(garden, SigningKey, { activatedAt: ago(garden, 93) });
  },
  "published-key-old": async (garden) => {
    const { services } = garden.server;
    const { projectId } = garden;
    const { jwk } = await clientKey();
    const row = { projectId, kid: "former", publicJwk: jwk, createdAt: ago(garden, 91) };
    const expiresAt = ago(garden, -30);
    await services.unitOfWork.write((manager) =>
      manager.insert(PublishedKey, { ...row, expiresAt } as never),
    );
  },
  "secret-old": secretWith((garden) => ({ createdAt: ago(garden, 400) })),
  "secret-imported": secretWith((garden) => ({
    createdAt: ago(garden, 100),
    hash: "bcrypt-sha256$$2b$10$abc",
  })),
  "secret-expiring": secretWith((garden) => ({ expiresAt: ago(garden, -10) })),
  "rotation-unfinished": async (garden) => {
    const { clientId } = await createClient(garden.operator, {});
    await garden.operator.request(START_ROTATION, { input: { clientId } });
    await edit(garden, ClientSecret, { createdAt: ago(garden, 31) }, { status: "NEXT" });
  },
  "overlap-long": async (garden) => {
    const { clientId } = await createClient(garden.operator, {});
    await garden.operator.request(START_ROTATION, { input: { clientId } });
    const previous = { status: "PREVIOUS", expiresAt: ago(garden, -40) };
    await edit(garden, ClientSecret, previous, { status: "NEXT" });
  },
  "client-expiring": clientWith((garden) => ({ expiresAt: ago(garden, -10) })),
  "client-ended": clientWith((garden) => ({ expiresAt: ago(garden, 40) })),
  "client-unused": clientWith((garden) => ({ lastUsedAt: ago(garden, 91) })),
  "client-never-used": clientWith((garden) => ({ createdAt: ago(garden, 31) })),
  "client-key-set-http": clientWith(() => ({ jwksUrl: "http://keys.example.com/jwks.json" })),
  "client-scope-unasked": (garden) =>
    useOneScope(garden, { scopes: ["read:invoices", "write:invoices"] }, false),
  "grant-scope-unasked": (garden) => useOneScope(garden, { scopes: [] }, true),
  "owner-inactive": async (garden) => {
    const { operator } = garden;
    const { organizationId } = await createOrganization(operator, {});
    const member = await createMember(operator, organizationId);
    const { clientId } = await createClient(operator, {});
    await updateClient(operator, { clientId, owner: { memberId: member.memberId } });
    await operator.request(
      "mutation ($input: UpdateMemberInput!) { updateMember(input: $input) { member { memberId } } }",
      { input: { memberId: member.memberId, status: "INACTIVE" } },
    );
  },
  "registrar-deleted": clientWith(() => ({ registeredBy: "" })),
  "grant-all-scopes": grantWith({ allScopes: true }),
  "grant-empty": grantWith({ scopes: [] }),
  "api-unused": async (garden) => {
    await createApi(garden.operator);
    await edit(garden, Api, { createdAt: ago(garden, 31) });
  },
  "api-wildcard-scope": async (garden) => {
    await createApi(garden.operator);
    await edit(garden, Api, { scopes: [{ value: "*", description: null }] });
  },
  "api-introspection-client": async (garden) => {
    const { clientId } = await createClient(garden.operator, {});
    await createApi(garden.operator, { introspectionClientId: clientId });
    await updateClient(garden.operator, { clientId, status: "INACTIVE" });
  },
  "project-introspection-client": async (garden) => {
    const { clientId } = await createClient(garden.operator, {});
    await updateProject(garden.operator, { introspectionClientId: clientId });
    await updateClient(garden.operator, { clientId, status: "INACTIVE" });
  },
  "management-key-expiring": keyWith(["clients:read"], (garden) => ({
    expiresAt: ago(garden, -10),
  })),
  "management-key-ended": keyWith(["clients:read"], (garden) => ({ expiresAt: ago(garden, 31) })),
  "management-key-unused": keyWith(["clients:read"], (garden) => ({ createdAt: ago(garden, 91) })),
  "management-key-all-permissions": (garden) =>
    edit(garden, ManagementKey, {
      createdAt: ago(garden, 8),
      lastUsedAt: garden.server.clock.now(),
    }),
  "management-key-introspects": keyWith(["tokens:read"], () => ({ name: "Gateway" })),
  "profile-jit-unconditional": profileWith({ canJitProvision: true, claimConditions: [] }),
  "profile-workload-unconditional": async (garden) => {
    const { clientId } = await createClient(garden.operator, {});
    await profileWith({ clientId, claimConditions: [] })(garden);
  },
  "profile-session-unlimited": async (garden) => {
    await profileWith({})(garden);
    await edit(garden, Project, { maximumSessionDurationMinutes: null });
  },
  "profile-token-replay": profileWith({ publicExchange: true }),
  "profile-key-set-http": profileWith({ jwksUrl: "http://keys.example.com/jwks.json" }),
  "profile-client-inactive": async (garden) => {
    const { clientId } = await createClient(garden.operator, {});
    await profileWith({ clientId })(garden);
    await updateClient(garden.operator, { clientId, status: "INACTIVE" });
  },
  "profile-organization-inactive": async (garden) => {
    const { organizationId } = await createOrganization(garden.operator, {});
    await profileWith({ organizationId })(garden);
    await garden.operator.request(
      "mutation ($input: UpdateOrganizationInput!) { updateOrganization(input: $input) { organization { slug } } }",
      { input: { organizationId, status: "INACTIVE" } },
    );
  },
  "claims-template-invalid": projectWith(() => ({ claimsTemplate: "{ broken" })),
  "basic-verification-unused": projectWith((garden) => ({
    allowBasicVerification: true,
    updatedAt: ago(garden, 31),
  })),
};
