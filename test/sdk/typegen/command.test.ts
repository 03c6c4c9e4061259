import { readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { VERSION } from "../../../src/shared/version.js";
import { createKey, updateProject } from "../../support/operations.js";
import { startTestServer, type TestServer } from "../../support/test-server.js";
import { environmentOf, runTypegen, temporaryFolder } from "./typegen-command.js";

const CREATE_API = `mutation ($input: CreateApiInput!) { createApi(input: $input) { api { apiId } } }`;

let server: TestServer;
let env: ReturnType<typeof environmentOf>;
const folders: (() => Promise<void>)[] = [];
let folder: string;

beforeAll(async () => {
  server = await startTestServer();
  env = environmentOf(server);
  await createApi("https://orders.example.com", ["orders:write", "orders:read", "reports:*"]);
  await createApi("https://empty.example.com", []);
  await updateProject(server.operator, {
    defaultAudience: "https://orders.example.com",
    claimsTemplate: `{ "tenant": "t:{{ client.trusted_metadata.tenant }}", "version": 2 }`,
    sessionClaimsTemplate: `{ "email": {{ member.email_address }} }`,
  });
});

beforeEach(async () => {
  const temporary = await temporaryFolder();
  folders.push(temporary.remove);
  folder = temporary.folder;
});

afterAll(async () => {
  await server.stop();
  for (const remove of folders) await remove();
});

async function createApi(identifier: string, scopes: readonly string[]): Promise<void> {
  await server.operator.request(CREATE_API, {
    input: { identifier, name: "An API", scopes: scopes.map((value) => ({ value })) },
  });
}

const written = (name = "countersign.d.ts") => readFile(path.join(folder, name), "utf8");

describe("countersign-typegen", () => {
  test("writes the project's APIs, scopes and claims, sorted", async () => {
    const ended = await runTypegen(env, [], folder);
    expect(ended).toEqual({
      exitCode: 0,
      stdout: "",
      stderr:
        "countersign.d.ts is written: 2 APIs, 3 scopes, 2 claims of access tokens, 1 of sessions.\n",
    });
    expect(
      await written(),
    ).toBe(`/* eslint-disable -- Written by countersign-typegen. Do not edit. */
import type {} from "@countersign/sdk";

declare module "@countersign/sdk" {
  interface Register {
    "${server.projectId}": {
      apis: {
        "https://empty.example.com": never;
        "https://orders.example.com":
          | "orders:read"
          | "orders:write"
          | \`reports:\${string}\`;
      };
      defaultAudience: "https://orders.example.com";
      claims: {
        "tenant"?: string;
        "version"?: 2;
      };
      sessionClaims: {
        "email"?: string;
      };
    };
  }
}
`);
    expect(await readdir(folder)).toEqual(["countersign.d.ts"]);
  });

  test("leaves a file alone that is up to date, and says so", async () => {
    await runTypegen(env, ["--out", "types.d.ts"], folder);
    const ended = await runTypegen(env, ["--out", "types.d.ts", "--json"], folder);
    expect(ended.exitCode).toBe(0);
    expect(JSON.parse(ended.stdout)).toEqual({
      file: "types.d.ts",
      status: "UNCHANGED",
      project: server.projectId,
      apis: 2,
      scopes: 3,
      claims: 2,
      sessionClaims: 1,
    });
  });

  test("reads the secret from a file", async () => {
    const file = path.join(folder, "secret");
    await writeFile(file, `${server.managementSecret}\n`);
    const { COUNTERSIGN_SECRET: _, ...others } = env;
    const ended = await runTypegen({ ...others, COUNTERSIGN_SECRET_FILE: file }, [], folder);
    expect(ended.exitCode).toBe(0);
  });

  test("asks for all pages of APIs", async () => {
    const { projectId, operator } = await server.otherProject();
    for (let index = 0; index < 201; index++) {
      await operator.request(CREATE_API, {
        input: {
          identifier: `api-${index}`,
          name: "An API",
          scopes: [{ value: `scope:${index}` }],
        },
      });
    }
    const { secret } = await createKey(operator, ["apis:read", "settings:read"]);
    const ofOther = { ...env, COUNTERSIGN_PROJECT_ID: projectId, COUNTERSIGN_SECRET: secret };
    const ended = await runTypegen(ofOther, ["--json"], folder);
    expect(JSON.parse(ended.stdout)).toMatchObject({ apis: 201, scopes: 201 });
    const text = await written();
    for (let index = 0; index < 201; index++) {
      expect(text).toContain(`"api-${index}":\n          | "scope:${index}";`);
    }
  });
});

describe("countersign-typegen --check", () => {
  test("ends with 0 while the file is what would be written, whatever its line ends are", async () => {
    await runTypegen(env, [], folder);
    expect((await runTypegen(env, ["--check"], folder)).exitCode).toBe(0);
    const file = path.join(folder, "countersign.d.ts");
    await writeFile(file, (await written()).replaceAll("\n", "\r\n"));
    expect((await runTypegen(env, ["--check"], folder)).exitCode).toBe(0);
  });

  test("ends with 1, names the lines and writes nothing if the file differs", async () => {
    await runTypegen(env, [], folder);
    const old = (await written()).replace('"orders:read"', '"orders:list"');
    await writeFile(path.join(folder, "countersign.d.ts"), old);
    const ended = await runTypegen(env, ["--check", "--json"], folder);
    expect(ended.exitCode).toBe(1);
    expect(JSON.parse(ended.stdout)).toMatchObject({ status: "DIFFERENT" });
    expect(ended.stderr).toBe(
      `countersign.d.ts differs from the project.\n- | "orders:list"\n+ | "orders:read"\nRun countersign-typegen to write it.\n`,
    );
    expect(await written()).toBe(old);
  });

  test("ends with 1 if there is no file", async () => {
    const ended = await runTypegen(env, ["--check"], folder);
    expect(ended.exitCode).toBe(1);
    expect(ended.stderr).toMatch(/^countersign\.d\.ts does not exist\.\n/);
    expect(await readdir(folder)).toEqual([]);
  });
});

test("countersign-typegen tells its use and its version", async () => {
  const help = await runTypegen({}, ["--help"], folder);
  expect(help).toMatchObject({ exitCode: 0, stderr: "" });
  expect(help.stdout).toContain("apis:read and settings:read");
  const version = await runTypegen({}, ["--version"], folder);
  expect(version).toEqual({ exitCode: 0, stdout: `${VERSION}\n`, stderr: "" });
});
