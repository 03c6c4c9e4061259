import type { ManagementClient } from "@countersign/sdk/management";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type LiveServer, startLiveServer } from "../../support/live-server.js";
import { blocksOf } from "../../support/markdown-blocks.js";
import { runProgram } from "../../support/run-program.js";
import { startLossyProxy } from "./lossy-proxy.js";
import { managementOf } from "./management-of.js";

const programs = blocksOf("docs/sdk/management.md", "ts").map(({ code }) => code);

/** What the guide's programs take from earlier ones, and what they only declare. */
const BEFORE = `{
  const { createManagementClient } = await import("@countersign/sdk/management");
  const { COUNTERSIGN_URL: url, COUNTERSIGN_PROJECT_ID: projectId, COUNTERSIGN_SECRET: secret } = process.env;
  globalThis.management = createManagementClient({ url, projectId, secret });
  globalThis.writeSecret = async (name, value) => console.log(name, value);
}
`;

describe("the guide to managing clients", () => {
  let server: LiveServer;
  let management: ManagementClient;

  beforeAll(async () => {
    server = await startLiveServer();
    management = managementOf(server);
  });

  afterAll(() => server.stop());

  /** Runs the one program that has this text. @returns the words that it prints */
  const run = async (text: string, environment: Record<string, string> = {}) => {
    const [program, another] = programs.filter((each) => each.includes(text));
    if (program === undefined || another !== undefined) throw new Error(`no one program: ${text}`);
    const { clientId = "client-1" } = environment;
    const script = BEFORE + program.replaceAll("client-1", clientId);
    const printed = await runProgram(
      process.execPath,
      ["--input-type=module-typescript", "--disable-warning=ExperimentalWarning", "-e", script],
      {
        COUNTERSIGN_URL: server.publicUrl,
        COUNTERSIGN_PROJECT_ID: server.projectId,
        COUNTERSIGN_SECRET: server.managementSecret,
        ...environment,
      },
    );
    return printed.trim().split(/\s+/);
  };

  test("has seven programs, all of which run here", () => {
    expect(programs).toHaveLength(7);
  });

  test("creates a client with a grant", async () => {
    const [clientId = "", length] = await run("createApi(");
    expect(Number(length)).toBeGreaterThan(20);
    const { nodes } = await management.clientGrants({ filter: { clientId } });
    expect(nodes).toMatchObject([{ scopes: ["orders:read"] }]);
  });

  test("lists clients with an access token, and those that nobody uses", async () => {
    const audience = `${server.issuer}/graphql`;
    const scopes = [{ value: "clients:read" }];
    const { api } = await management.createApi({ identifier: audience, name: "API", scopes });
    const { client, clientSecret } = await management.createClient({ name: "Reader", scopes: [] });
    const { clientId } = client;
    await management.createClientGrant({ clientId, apiId: api.apiId, scopes: ["clients:read"] });
    const environment = {
      ISSUER: server.issuer,
      CLIENT_ID: clientId,
      CLIENT_SECRET: clientSecret,
    };
    expect(await run("createTokenSource(", environment)).toContain(clientId);
    const unused = await management.createClient({ name: "Unused", scopes: [] });
    expect(await run("neverUsed")).toContain(unused.client.clientId);
  });

  test("tells a conflict of versions", async () => {
    const { clientId } = (await management.createClient({ scopes: [] })).client;
    await management.updateClient({ clientId, name: "Changed" });
    expect((await run("VERSION_CONFLICT", { clientId })).join(" ")).toMatch(/^changed by somebody/);
  });

  test("creates a client although the answer with its secret is lost", async () => {
    const proxy = await startLossyProxy(() => server.publicUrl);
    proxy.fail("mutation CreateClient", "ANSWER_LOST");
    const [clientId = "", length] = await run("SecretNotRepeated", { COUNTERSIGN_URL: proxy.url });
    await proxy.stop();
    expect(Number(length)).toBeGreaterThan(20);
    expect((await management.client({ clientId }))?.name).toBe("Shipping");
  });

  test("rotates a secret", async () => {
    const { clientId } = (await management.createClient({ scopes: [] })).client;
    const [name, clientSecret = ""] = await run("management.rotate(", { clientId });
    expect(name).toBe("billing/client-secret");
    await management.issueToken({ clientId, clientSecret });
    expect((await management.client({ clientId }))?.secrets).toHaveLength(1);
  });

  test("sends a document", async () => {
    const project = await management.project();
    expect((await run("query Overview")).join(" ")).toBe(`${project?.name} []`);
  });
});
