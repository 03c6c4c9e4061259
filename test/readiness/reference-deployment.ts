import { Backup } from "../../src/backup/backup.entity.js";
import { PERMISSIONS } from "../../src/shared/permissions.js";
import { createApi, createGrant } from "../oauth/oauth-operations.js";
import { createOrganization } from "../organizations/organization-operations.js";
import type { GraphqlClient } from "../support/graphql-client.js";
import { createClient, createKey, issueToken, updateProject } from "../support/operations.js";
import type { TestServer } from "../support/test-server.js";
import { createProfile } from "../trusted-auth/attestation-operations.js";
import { foreignIssuer } from "../trusted-auth/foreign-issuer.js";

export interface ReferenceDeployment {
  /** Has the permissions that everyday work needs. */
  backend: GraphqlClient;
  /** One day on which everything is used and backed up. */
  live(): Promise<void>;
}

/** Sets the first project up as the docs recommend. */
export async function createReferenceDeployment(server: TestServer): Promise<ReferenceDeployment> {
  const { operator, projectId, clock, services } = server;
  await updateProject(operator, {
    signingKeyRotationDays: 90,
    maximumSessionDurationMinutes: 480,
    maximumSessionAgeMinutes: 1440,
  });
  await createKey(operator, [...PERMISSIONS], { name: "Spare key in the safe" });
  const { secret } = await createKey(operator, ["settings:read", "clients:read"], {
    name: "Billing backend",
  });
  const backend = server.withKey(projectId, secret);
  const introspector = await createClient(operator, { name: "Invoices API", scopes: [] });
  const api = await createApi(operator, { introspectionClientId: introspector.clientId });
  const client = await createClient(operator, { name: "Nightly export", scopes: [] });
  await createGrant(operator, client, api, { scopes: ["read:invoices"] });
  const { pem } = await foreignIssuer(clock, "ES256");
  const { organizationId } = await createOrganization(operator, { name: "Acme" });
  await createProfile(operator, {
    keys: { publicKeys: [{ pem }] },
    organizationId,
    canJitProvision: true,
    claimConditions: [{ claim: "team", operator: "EQUALS", values: ["acme"] }],
  });
  return {
    backend,
    live: async () => {
      const audience = api.identifier;
      await issueToken(server.anonymous, client, {
        projectId,
        audience,
        scopes: ["read:invoices"],
      });
      await issueToken(server.anonymous, introspector, { projectId });
      await backend.request("{ project { name } }");
      await services.usageRecorder.flush();
      await services.authenticator.lastUsed.flush();
      await services.managementKeyAuthenticator.lastUsed.flush();
      await services.unitOfWork.write((manager) =>
        manager.save(Backup, {
          backupId: `backup_${clock.now().getTime()}`,
          createdAt: clock.now(),
          isEncrypted: true,
          restoredAt: null,
        }),
      );
    },
  };
}

/** A disk with room, whatever the machine of the tests has. */
export const roomyDisk = () => ({
  type: 0xef53,
  bavail: 2_000_000,
  blocks: 5_000_000,
  bsize: 4096,
});
