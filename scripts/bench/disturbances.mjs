// What management calls and floods of wrong secrets do to the tokens of others.
import { randomBytes } from "node:crypto";
import {
  createClients,
  issueTokenRequest,
  oauthTokenRequest,
  startCountersign,
} from "./countersign.mjs";
import { measure, middle, ms, table } from "./measure.mjs";

const ROWS = 1000;
/** Tokens per second: what one core has left is for the disturbance. */
const RATE = 400;

const LIST = `query {
  clients(first: ${ROWS}) {
    nodes { clientId name description status scopes trustedMetadata createdAt updatedAt lastUsedAt }
    pageInfo { hasNextPage endCursor }
  }
}`;
const IMPORT =
  "mutation ($input: ImportClientInput!) { importClient(input: $input) { client { clientId } } }";

export async function disturbances({ seconds, warmUpSeconds, rounds }, postgres) {
  const rows = [];
  for (const database of ["SQLite", "PostgreSQL"]) {
    const databaseUrl = database === "PostgreSQL" ? await postgres.createDatabase() : undefined;
    const server = await startCountersign({ databaseUrl });
    try {
      const clients = await createClients(server, ROWS);
      const requests = clients
        .slice(0, 100)
        .map((client) => oauthTokenRequest(server.projectId, client));
      const target = { program: server, url: server.url, requests };
      const [flooded] = clients.slice(-1);
      const kinds = {
        "nothing else": async () => {},
        "imports that hash bcrypt": () =>
          server.operator(IMPORT, {
            input: {
              clientId: `imported-${randomBytes(8).toString("hex")}`,
              clientSecret: randomBytes(24).toString("base64url"),
              scopes: ["read:invoices"],
            },
          }),
        "lists of 1,000 clients": () => server.operator(LIST),
        "wrong secrets for one client": () =>
          refused(server, { ...flooded, clientSecret: "wrong" }),
        "unknown imported ids": () =>
          refused(server, {
            clientId: randomBytes(16).toString("hex"),
            clientSecret: randomBytes(16).toString("hex"),
          }),
      };
      await measure(target, warmUpSeconds);
      const taken = new Map(Object.keys(kinds).map((name) => [name, []]));
      for (let round = 0; round < rounds; round++) {
        for (const [name, disturb] of Object.entries(kinds)) {
          const stop = repeat(disturb, name === "nothing else" ? 0 : 2);
          taken.get(name).push(await measure(target, seconds, { rate: RATE }));
          await stop();
        }
      }
      const p99 = (name) => middle(taken.get(name), (one) => one.p99).p99;
      for (const name of Object.keys(kinds)) {
        const ratio = p99(name) / p99("nothing else");
        rows.push([database, name, ms(p99(name)), `${ratio.toFixed(1)} x`]);
      }
    } finally {
      await server.stop();
    }
  }
  const markdown = [
    "## Disturbances",
    `p99 of ${RATE} tokens per second while two programs do something else, one call after another.`,
    table(["database", "beside", "p99", "of undisturbed"], rows),
  ].join("\n\n");
  return { markdown };
}

/** Does something again and again, so many at a time, until it is stopped. */
function repeat(work, times) {
  let isOver = false;
  const loops = Array.from({ length: times }, async () => {
    while (!isOver) await work();
  });
  return async () => {
    isOver = true;
    await Promise.all(loops);
  };
}

async function refused(server, credentials) {
  const { headers, body } = issueTokenRequest(credentials);
  const response = await fetch(`${server.url}/graphql`, { method: "POST", headers, body });
  const { errors } = await response.json();
  if (!errors) throw new Error("a wrong secret was accepted");
}
