import { constantCase } from "../graphql-types/graphql-enum.js";
import { PERMISSION_DESCRIPTIONS } from "../shared/permissions.js";
import { code, table } from "./markdown.js";
import type { OperationDescription } from "./operations.js";
import { operationLink } from "./operations-page.js";

const EXAMPLE = `\`\`\`graphql
mutation {
  createManagementKey(input: { name: "Support desk", permissions: [CLIENTS_READ, TOKENS_READ] }) {
    managementKey { managementKeyId }
    secret
  }
}
\`\`\``;

export function permissionsPage(operations: readonly OperationDescription[]): string[] {
  const rows = Object.entries(PERMISSION_DESCRIPTIONS).map(([name, description]) => [
    code(name),
    code(constantCase(name)),
    description,
    operations
      .filter(({ requirements }) => (requirements as readonly string[]).includes(name))
      .map((operation) => operationLink(operation.name))
      .join(", "),
  ]);
  return [
    "Management keys have permissions, and so have access tokens for the audience `{issuer}/graphql`, whose scopes they are. Scopes and messages write the first form, GraphQL the second. They are compared exactly: no wildcard covers one. `write` does not include `read`.",
    `A key for a support desk, which finds clients and looks at tokens:\n\n${EXAMPLE}`,
    table(["scope", "GraphQL", "allows to", "operations"], rows),
  ];
}
