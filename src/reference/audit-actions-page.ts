import { constantCase } from "../graphql-types/graphql-enum.js";
import { code, section, table } from "./markdown.js";

const EXAMPLE = `\`\`\`graphql
query {
  auditEvents(filter: { action: CLIENT_DELETE }, first: 20) {
    nodes { occurredAt targetId actorType actorId }
  }
}
\`\`\``;

/** What an action is about, as its name begins. */
const TARGETS: Readonly<Record<string, string>> = {
  client: "Clients",
  clientGrant: "Client grants",
  api: "APIs",
  token: "Tokens",
  profile: "Trusted auth profiles",
  session: "Sessions",
  organization: "Organizations",
  member: "Members",
  signingKey: "Signing keys",
  publishedKey: "Published keys",
  project: "Projects",
  managementKey: "Management keys",
  readinessFinding: "Findings of readiness checks",
};

export function auditActionsPage(actions: Readonly<Record<string, string>>): string[] {
  const names = Object.keys(actions);
  const targets = [...new Set([...Object.keys(TARGETS), ...names.map(targetOf)])];
  return [
    "What [`auditEvents`](operations.md#auditevents) records. Filters write the second form, events and everything else the first. New releases add some, which is why `AuditEvent.action` is a String.",
    `Who deleted clients:\n\n${EXAMPLE}`,
    ...targets.map((target) =>
      section(
        2,
        TARGETS[target] ?? target,
        table(
          ["action", "GraphQL", "what happened"],
          names
            .filter((name) => targetOf(name) === target)
            .map((name) => [code(name), code(constantCase(name)), actions[name] ?? ""]),
        ),
      ),
    ),
  ];
}

const targetOf = (action: string) => action.split(".")[0] ?? "";
