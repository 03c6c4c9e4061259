import { jest } from "@jest/globals";
import { send, sendTo } from "../oauth/oauth-operations.js";
import type { DescribedPath } from "../support/described-routes.js";
import { PAGE_ORIGIN, type World } from "./world.js";

const FAILURES = [
  new Error("an unexpected failure"),
  Object.assign(new Error("a busy database"), { code: "SQLITE_BUSY" }),
];

/** Sends a request to each route: to no project, with an ambiguous host, and while everything fails. */
export async function meetFailures(
  { server }: World,
  described: readonly DescribedPath[],
): Promise<void> {
  const { projectStore: projects, managementKeyAuthenticator } = server.services;
  const { trustedAuth, bearerAuthenticator, oauth } = server.services;
  const { tokenContexts } = oauth;
  const paths = described.map(({ path, isOfIssuer, operations }) => ({
    methods: Object.keys(operations).map((method) => method.toUpperCase()),
    pathIn: (projectId: string) =>
      (isOfIssuer ? `/projects/${projectId}` : "") +
      path.replace("{projectId}", projectId).replace(/\{\w+\}/g, "x"),
  }));
  const sendToAll = async (projectId: string) => {
    for (const { methods, pathIn } of paths) {
      for (const method of methods) await sendBody(method, pathIn(projectId));
    }
  };
  const sendBody = (method: string, path: string) =>
    send(server, `${path}?audience=x`, {
      method,
      headers: { authorization: "Bearer x", ...(hasBody(method) && JSON_TYPE) },
      ...(hasBody(method) && { body: JSON.stringify(BODY) }),
    });
  for (const { methods, pathIn } of paths) {
    for (const method of methods) {
      await sendTo(server, "two hosts", pathIn(server.projectId), undefined, {}, method);
    }
  }
  await sendToAll("nothing");
  for (const failure of FAILURES) {
    const spies = [
      jest.spyOn(projects, "resolve").mockRejectedValue(failure),
      jest.spyOn(projects, "refParameters").mockRejectedValue(failure),
      jest.spyOn(projects, "findDefault").mockRejectedValue(failure),
      jest.spyOn(tokenContexts, "load").mockRejectedValue(failure),
      jest.spyOn(trustedAuth.publicOrigins, "includes").mockRejectedValue(failure),
      jest.spyOn(managementKeyAuthenticator, "authenticate").mockRejectedValue(failure),
      jest.spyOn(bearerAuthenticator, "authenticate").mockRejectedValue(failure),
    ];
    await sendToAll(server.projectId);
    await sendOperations(server.url);
    for (const spy of spies) spy.mockRestore();
  }
}

/** With a failure that GraphQL answers, and with one before it. */
async function sendOperations(url: string): Promise<void> {
  const body = JSON.stringify({ query: "{ clients { nodes { clientId } } }" });
  const headers = { ...JSON_TYPE, authorization: "Bearer x" };
  for (const others of [
    {},
    { accept: "application/graphql-response+json" },
    { origin: "https://other.example.com" },
  ] as Record<string, string>[]) {
    await fetch(`${url}/graphql`, { method: "POST", headers: { ...headers, ...others }, body });
  }
}

const JSON_TYPE = { "content-type": "application/json", origin: PAGE_ORIGIN };
const hasBody = (method: string) => method === "POST" || method === "PUT";
const BODY = {
  grant_type: "client_credentials",
  client_id: "x",
  client_secret: "x",
  token: "x",
  query: "{ errorCodes { code } }",
};
