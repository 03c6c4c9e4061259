import { createClient } from "./generated/genql/index.js";
import { authorization, endpoint, present, report } from "./server.js";

const genql = createClient({ url: endpoint, headers: { authorization } });

async function run(): Promise<void> {
  const { createClient: creation } = await genql.mutation({
    createClient: {
      __args: {
        input: { name: "genql", scopes: ["read:users"], trustedMetadata: { plan: "pro" } },
      },
      client: { clientId: true, createdAt: true, trustedMetadata: true },
      clientSecret: true,
    },
  });
  const created = present(creation);
  const { clientId } = created.client;
  const clientSecret = present(created.clientSecret);
  const { issueToken } = await genql.mutation({
    issueToken: { __args: { input: { clientId, clientSecret } }, accessToken: true },
  });
  const { verifyToken } = await genql.mutation({
    verifyToken: {
      __args: { input: { accessToken: present(issueToken).accessToken } },
      token: { clientId: true, scopes: true, expiresAt: true },
    },
  });
  const { rotateSecret } = await genql.mutation({
    rotateSecret: { __args: { input: { clientId } }, clientSecret: true },
  });
  const { clients } = await genql.query({
    clients: {
      __args: { first: 10, filter: { nameContains: "genql" } },
      nodes: { name: true, status: true },
    },
  });
  const { deleteClient } = await genql.mutation({
    deleteClient: { __args: { input: { clientId } }, clientId: true },
  });
  const { auditEvents } = await genql.query({
    auditEvents: {
      __args: { first: 50 },
      nodes: { action: true, actorType: true, occurredAt: true },
    },
  });

  report({
    clientId,
    verifiedScopes: present(verifyToken).token.scopes,
    isNewSecret: present(present(rotateSecret).clientSecret) !== clientSecret,
    listedNames: present(clients).nodes.flatMap(({ name, status }) =>
      name !== null && status === "ACTIVE" ? [name] : [],
    ),
    deletedClientId: present(deleteClient).clientId,
    actions: present(auditEvents).nodes.map(({ action }): string => action),
  });
}

run().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
