import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { systemClock } from "../../src/shared/clock.js";
import { createApi, requestToken } from "../oauth/oauth-operations.js";
import { createOrganization, updateMember } from "../organizations/organization-operations.js";
import { createSessionMember } from "../sessions/session-operations.js";
import { type LiveServer, startLiveServer } from "../support/live-server.js";
import { blocksOf, operationsOf } from "../support/markdown-blocks.js";
import { getClient } from "../support/operations.js";
import { runProgram } from "../support/run-program.js";

const GUIDE = "docs/customers-manage-clients.md";
const operations = operationsOf(GUIDE);
/** In the order of the guide: a backend, a customer's program, a page. */
const programs = blocksOf(GUIDE, "ts").map(({ code }) => code);
const [BACK_END, CUSTOMER, PAGE] = [0, 1, 2];
/** Where the backend of the guide is: test/docs/excerpts.test.ts compares them. It imports the SDK. */
const EXAMPLE = path.resolve("examples/customer-credentials/keys.ts");

describe("the guide to customers who manage their clients", () => {
  let server: LiveServer;
  const folder = mkdtempSync(path.join(tmpdir(), "customers-guide-"));

  beforeAll(async () => {
    server = await startLiveServer();
    for (const [index, text] of programs.entries()) {
      const program = text.replaceAll("https://auth.example.com", server.publicUrl);
      writeFileSync(path.join(folder, `${index}.mts`), program);
    }
  });

  afterAll(async () => {
    await server.stop();
    rmSync(folder, { recursive: true });
  });

  /** Calls a function that one of the guide's programs exports, or runs the program. */
  // biome-ignore lint/suspicious/noExplicitAny: each test reads what its program answers
  const run = async (program: number, name: string | null, ...args: unknown[]): Promise<any> => {
    const file = program === BACK_END ? EXAMPLE : path.join(folder, `${program}.mts`);
    const module = JSON.stringify(file);
    const call = `(await import(${module})).${name}(...${JSON.stringify(args)})`;
    const script = name ? `console.log(JSON.stringify(await ${call}))` : `await import(${module})`;
    return JSON.parse(
      await runProgram(process.execPath, ["--input-type=module", "-e", script], environment),
    );
  };
  let environment: Record<string, string> = {};

  beforeEach(() => {
    environment = {
      COUNTERSIGN_URL: server.publicUrl,
      COUNTERSIGN_PROJECT_ID: server.projectId,
      COUNTERSIGN_SECRET: server.managementSecret,
    };
  });

  const operation = (name: string, variables: object) =>
    server.operator.request(operations.get(name) ?? "", variables);
  const works = async (clientId: string, clientSecret: string) =>
    (await requestToken(server, { clientId, clientSecret })).status === 200;

  test("has three programs, all of which run here", () => {
    expect(programs).toHaveLength(3);
  });

  test("lets a backend manage the keys of one customer, and not those of another", async () => {
    const { apiId, identifier } = await createApi(server.operator, {
      scopes: [{ value: "read:reports" }],
    });
    environment = { ...environment, API_ID: apiId };
    const getsToken = async (key: { clientId: string; clientSecret: string }) =>
      (await requestToken(server, key, { audience: identifier })).status === 200;
    const key = await run(BACK_END, "createKey", "customer-1", "Export", "pro");
    const { clientId } = key;
    expect(await getsToken(key)).toBe(true);
    const listed = await run(BACK_END, "listKeys", "customer-1");
    expect(listed).toEqual([{ clientId, name: "Export", lastFour: [key.clientSecret.slice(-4)] }]);
    expect(await run(BACK_END, "listKeys", "customer-2")).toEqual([]);
    expect(await getsToken(await run(BACK_END, "rotateKey", "customer-1", clientId))).toBe(true);
    for (const change of ["rotateKey", "deleteKey"]) {
      await expect(run(BACK_END, change, "customer-2", clientId)).rejects.toThrow("No such key");
    }
    expect(await getsToken(key)).toBe(true);
  });

  test("lets a customer's program create clients of the same owner", async () => {
    const { organizationId } = await createOrganization(server.operator);
    const identifier = `${server.issuer}/graphql`;
    const { apiId } = (await operation("ManagementApi", { identifier })).createApi.api;
    const { client, clientSecret } = (await operation("CustomersClient", { organizationId }))
      .createClient;
    await operation("CustomersGrant", { clientId: client.clientId, apiId });
    environment = {
      ISSUER: server.issuer,
      COUNTERSIGN_URL: server.publicUrl,
      CLIENT_ID: client.clientId,
      CLIENT_SECRET: clientSecret,
    };
    const { data } = await run(CUSTOMER, null);
    expect(data.createClient.client.owner).toEqual({ organizationId });
    expect(await works(data.createClient.client.clientId, data.createClient.clientSecret)).toBe(
      true,
    );
  });

  test("lets a page manage the keys of an organization's administrators", async () => {
    const member = await createSessionMember({ clock: systemClock }, server.operator);
    const { organizationId, memberId } = member;
    const jwksUrl = "https://login.example.com/jwks.json";
    expect((await operation("SignIn", { jwksUrl })).createProfile.profile.profileId).toBeTruthy();
    await operation("LetMembersManage", { organizationId });
    const { sessionJwt } = await member.startSession();
    await expect(run(PAGE, "listKeys", sessionJwt)).rejects.toThrow("not valid");
    await updateMember(server.operator, { memberId, roles: ["admin"] });
    const { client, clientSecret } = (
      await run(PAGE, "createKey", sessionJwt, "Export", ["read:reports"])
    ).createClient;
    expect(await works(client.clientId, clientSecret)).toBe(true);
    const { rotateSecret } = await run(PAGE, "rotateKey", sessionJwt, client.clientId);
    expect(await works(client.clientId, rotateSecret.clientSecret)).toBe(true);
    const { clients } = await run(PAGE, "listKeys", sessionJwt);
    expect(clients.nodes).toHaveLength(1);
    expect(await run(PAGE, "limits", sessionJwt)).toEqual({
      ownClientLimits: {
        scopes: ["read:reports", "write:reports"],
        apis: [],
        clientCount: 1,
        maximumClients: 100,
      },
    });
    expect((await getClient(server.operator, client.clientId))?.name).toBe("Export");
    const more = run(PAGE, "createKey", sessionJwt, "More", ["read:everything"]);
    await expect(more).rejects.toThrow(/lacks the scope read:everything/);
  });
});
