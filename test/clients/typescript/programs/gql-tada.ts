import { Client, cacheExchange, fetchExchange } from "@urql/core";
import { initGraphQLTada } from "gql.tada";
import type { introspection } from "./generated/gql-tada/introspection.d.ts";
import { authorization, endpoint, present, report } from "./server.js";

const graphql = initGraphQLTada<{
  introspection: introspection;
  scalars: { DateTime: string; JSONObject: { [key: string]: unknown } };
}>();

const CREATE = graphql(`
  mutation CreateClient($input: CreateClientInput!) {
    createClient(input: $input) {
      client {
        clientId
        createdAt
        trustedMetadata
      }
      clientSecret
    }
  }
`);
const ISSUE = graphql(`
  mutation IssueToken($input: IssueTokenInput!) {
    issueToken(input: $input) {
      accessToken
    }
  }
`);
const VERIFY = graphql(`
  mutation VerifyToken($input: VerifyTokenInput!) {
    verifyToken(input: $input) {
      token {
        clientId
        scopes
        expiresAt
      }
    }
  }
`);
const ROTATE = graphql(`
  mutation RotateSecret($input: RotateSecretInput!) {
    rotateSecret(input: $input) {
      clientSecret
    }
  }
`);
const LIST = graphql(`
  query ListClients($first: Int!, $filter: ClientFilter) {
    clients(first: $first, filter: $filter) {
      nodes {
        name
        status
      }
    }
  }
`);
const DELETE = graphql(`
  mutation DeleteClient($input: DeleteClientInput!) {
    deleteClient(input: $input) {
      clientId
    }
  }
`);
const AUDIT = graphql(`
  query AuditPage {
    auditEvents(first: 50) {
      nodes {
        action
        actorType
        occurredAt
      }
    }
  }
`);

const fetchOptions = { headers: { authorization } };
const urql = new Client({
  url: endpoint,
  exchanges: [cacheExchange, fetchExchange],
  preferGetMethod: false,
  fetchOptions,
});

/** urql's default sends short queries by GET, which the server refuses. */
const withDefaults = new Client({ url: endpoint, exchanges: [fetchExchange], fetchOptions });
const refused = await withDefaults.query(AUDIT, {}).toPromise();
if (!refused.error?.message.includes("preferGetMethod: false")) {
  throw new Error(`the error of a query by GET does not name the remedy: ${refused.error}`);
}

const created = present(
  (
    await urql.mutation(CREATE, {
      input: { name: "gql.tada", scopes: ["read:users"], trustedMetadata: { plan: "pro" } },
    })
  ).data?.createClient,
);
const { clientId } = created.client;
const clientSecret = present(created.clientSecret);
const issued = present(
  (await urql.mutation(ISSUE, { input: { clientId, clientSecret } })).data?.issueToken,
);
const { accessToken } = issued;
const verified = present(
  (await urql.mutation(VERIFY, { input: { accessToken } })).data?.verifyToken,
);
const rotated = present((await urql.mutation(ROTATE, { input: { clientId } })).data?.rotateSecret);
const listed = await urql.query(LIST, { first: 10, filter: { nameContains: "tada" } });
const deleted = present((await urql.mutation(DELETE, { input: { clientId } })).data?.deleteClient);
const audit = await urql.query(AUDIT, {});

report({
  clientId,
  verifiedScopes: verified.token.scopes,
  isNewSecret: present(rotated.clientSecret) !== clientSecret,
  listedNames: present(listed.data?.clients).nodes.flatMap(({ name, status }) =>
    name !== null && status === "ACTIVE" ? [name] : [],
  ),
  deletedClientId: deleted.clientId,
  actions: present(audit.data?.auditEvents).nodes.map(({ action }): string => action),
});
