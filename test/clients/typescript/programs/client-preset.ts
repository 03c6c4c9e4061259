import type { TypedDocumentString } from "./generated/client-preset/graphql.js";
import { graphql } from "./generated/client-preset/index.js";
import { authorization, endpoint, present, report } from "./server.js";

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

async function execute<Result, Variables>(
  document: TypedDocumentString<Result, Variables>,
  ...[variables]: Variables extends Record<string, never> ? [] : [Variables]
): Promise<Result> {
  const response = await fetch(endpoint, {
    method: "POST",
    headers: { "content-type": "application/json", authorization },
    body: JSON.stringify({ query: document.toString(), variables }),
  });
  const { data, errors } = (await response.json()) as { data: Result; errors?: unknown };
  if (errors) throw new Error(JSON.stringify(errors));
  return data;
}

const created = present(
  (
    await execute(CREATE, {
      input: { name: "client preset", scopes: ["read:users"], trustedMetadata: { plan: "pro" } },
    })
  ).createClient,
);
const { clientId } = created.client;
const clientSecret = present(created.clientSecret);
const issued = present((await execute(ISSUE, { input: { clientId, clientSecret } })).issueToken);
const verified = present(
  (await execute(VERIFY, { input: { accessToken: issued.accessToken } })).verifyToken,
);
const rotated = present((await execute(ROTATE, { input: { clientId } })).rotateSecret);
const { clients } = await execute(LIST, { first: 10, filter: { nameContains: "preset" } });
const deleted = present((await execute(DELETE, { input: { clientId } })).deleteClient);
const { auditEvents } = await execute(AUDIT);

report({
  clientId,
  verifiedScopes: verified.token.scopes,
  isNewSecret: present(rotated.clientSecret) !== clientSecret,
  listedNames: present(clients).nodes.flatMap(({ name, status }) =>
    name !== null && name !== undefined && status === "ACTIVE" ? [name] : [],
  ),
  deletedClientId: deleted.clientId,
  actions: present(auditEvents).nodes.map(({ action }): string => action),
});
