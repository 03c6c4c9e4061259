import { randomBytes } from "node:crypto";
import { HOSTED_SANDBOX_ORIGIN } from "../../src/graphql/explorer.js";
import { send, sendTo } from "../oauth/oauth-operations.js";
import { basicAuthorization } from "../support/graphql-client.js";
import { PAGE_ORIGIN, type World } from "./world.js";

/** Public documents, again by their entity tag, and with each media type. */
export async function readDocuments({ server, api }: World): Promise<void> {
  const { projectId } = server;
  const issuer = `/projects/${projectId}`;
  const keySets = [
    `${issuer}/.well-known/jwks.json`,
    `/v1/sessions/jwks/${projectId}`,
    `/v1/b2b/sessions/jwks/${projectId}`,
  ];
  const documents = [
    ...keySets,
    "/schema.graphql",
    `${issuer}/.well-known/openid-configuration`,
    `${issuer}/.well-known/oauth-authorization-server`,
    `${issuer}/oauth/protected-resources/${api.apiId}`,
  ];
  for (const path of documents) {
    const { headers } = await send(server, path);
    await fetch(server.url + path, { headers: { "if-none-match": headers.get("etag") ?? "" } });
    if (path !== "/schema.graphql") await send(server, path.replace(projectId, "nothing"));
  }
  for (const path of keySets) {
    await send(server, path, { headers: { accept: "application/jwk-set+json" } });
  }
  await send(server, `/.well-known/oauth-authorization-server${issuer}`);
  await send(server, `${issuer}/oauth/protected-resources/nothing`);
  for (const method of ["GET", "POST"]) {
    await send(server, `${issuer}/oauth/authorize`, { method });
    await send(server, `${issuer}/oauth/authorize`, { method, headers: { accept: "text/html" } });
  }
}

const GRAPHQL_TYPE = "application/graphql-response+json";

/** The API's statuses and media types, the explorer, and the routes of operators. */
export async function operate({ server, token }: World): Promise<void> {
  const json = { "content-type": "application/json" };
  const post = (body: unknown, headers: Record<string, string> = {}) =>
    send(server, "/graphql", {
      method: "POST",
      body: typeof body === "string" ? body : JSON.stringify(body),
      headers: { ...json, ...headers },
    });
  const authorization = basicAuthorization(server.projectId, server.managementSecret);
  const query = "query Clients { clients { nodes { clientId } } }";
  await post({ query, operationName: "Clients", variables: {}, extensions: {} }, { authorization });
  await post({ query }, { authorization: `Bearer ${token}`, origin: PAGE_ORIGIN });
  for (const accept of [GRAPHQL_TYPE, "application/json"]) {
    await post({ query }, { accept });
    await post({ query: "{ nothing }" }, { accept });
  }
  await post({ query: "{ nothing }" }, { origin: PAGE_ORIGIN });
  const tooLong = randomBytes(600_000).toString("hex");
  for (const headers of [{}, { origin: PAGE_ORIGIN }] as Record<string, string>[]) {
    await post({ query, variables: { tooLong } }, headers);
    await post(query, { "content-type": "application/xml", ...headers });
  }
  await send(server, "/graphql", { headers: { accept: "text/html" } });
  await send(server, "/graphql", { headers: { accept: "text/html", origin: PAGE_ORIGIN } });
  await send(server, "/graphql?query={x}", { headers: { origin: PAGE_ORIGIN } });
  const authorizationOfNobody = basicAuthorization(server.projectId, "wrong");
  for (let attempt = 0; attempt < 12; attempt++) {
    await post({ query }, { authorization: authorizationOfNobody, origin: HOSTED_SANDBOX_ORIGIN });
  }
  for (const accept of [GRAPHQL_TYPE, "application/json"]) {
    await post({ query }, { authorization: authorizationOfNobody, accept });
  }
  for (const file of ["a.js", "a.css", "a.svg", "a.ttf", "nothing.js"]) {
    const { headers } = await send(server, `/explorer/${file}`);
    // fetch would ask for a fresh one (Fetch standard section 4.6).
    const known = { "if-none-match": headers.get("etag") ?? "" };
    await sendTo(server, "localhost", `/explorer/${file}`, undefined, known);
  }
  await sendTo(server, "localhost", "/explorer/a.js", undefined, { "if-match": '"another"' });
  await send(server, "/", { redirect: "manual" });
  await send(server, "/healthz");
  await send(server, "/readyz");
}
