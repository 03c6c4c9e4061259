import {
  CreateClientDocument,
  DeleteClientDocument,
  IssueTokenDocument,
  ListClientsDocument,
  RotateSecretDocument,
  type TypedDocumentString,
  VerifyTokenDocument,
} from "./generated/client-preset/graphql.js";
import { graphql } from "./generated/client-preset/index.js";
import { authorization, endpoint, present, report } from "./server.js";

/** An operation of the program's own, with a fragment of the SDK. */
const AUDIT = graphql(`
  query AuditPage {
    auditEvents(first: 50) {
      nodes {
        ...AuditEventFields
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
    await execute(CreateClientDocument, {
      input: { name: "client preset", scopes: ["read:users"], trustedMetadata: { plan: "pro" } },
    })
  ).createClient,
);
const { clientId } = created.client;
const clientSecret = present(created.clientSecret);
const credentials = { clientId, clientSecret };
const issued = present((await execute(IssueTokenDocument, { input: credentials })).issueToken);
const { accessToken } = issued;
const verified = present(
  (await execute(VerifyTokenDocument, { input: { accessToken } })).verifyToken,
);
const rotated = present(
  (await execute(RotateSecretDocument, { input: { clientId } })).rotateSecret,
);
const filter = { nameContains: "preset" };
const { clients } = await execute(ListClientsDocument, { first: 10, filter });
const deleted = present(
  (await execute(DeleteClientDocument, { input: { clientId } })).deleteClient,
);
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
