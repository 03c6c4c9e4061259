import { readdir } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { freePort } from "../../support/live-server.js";
import { createKey } from "../../support/operations.js";
import { startTestServer, type TestServer } from "../../support/test-server.js";
import { environmentOf, runTypegen, temporaryFolder } from "./typegen-command.js";

let server: TestServer;
let env: ReturnType<typeof environmentOf>;
const folders: (() => Promise<void>)[] = [];
let folder: string;

beforeAll(async () => {
  server = await startTestServer();
  env = environmentOf(server);
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

describe("countersign-typegen says what is wrong", () => {
  /** Runs it where it must end without a file. */
  async function failure(environment: Record<string, string>, args: string[] = []) {
    const { exitCode, stdout, stderr } = await runTypegen(environment, args, folder);
    expect(stdout).toBe("");
    expect(stderr).not.toContain(server.managementSecret);
    expect(await readdir(folder)).toEqual([]);
    return { exitCode, stderr };
  }

  test("without its variables, with all that are missing", async () => {
    expect(await failure({})).toEqual({
      exitCode: 2,
      stderr:
        "Set COUNTERSIGN_URL, COUNTERSIGN_PROJECT_ID, COUNTERSIGN_SECRET or COUNTERSIGN_SECRET_FILE.\n",
    });
  });

  test.each([
    ["an unknown option", {}, ["--chekc"], /^Unknown option '--chekc'/],
    ["an argument too many", {}, ["types.d.ts"], /^Unexpected argument 'types\.d\.ts'/],
    ["both secrets", { COUNTERSIGN_SECRET_FILE: "secret" }, [], /not both\.$/m],
    [
      "http to another machine",
      { COUNTERSIGN_URL: "http://auth.example.com" },
      [],
      /^COUNTERSIGN_URL must be https/,
    ],
    ["a URL that is none", { COUNTERSIGN_URL: "auth.example.com" }, [], /^COUNTERSIGN_URL must be/],
    [
      "a URL with a password",
      { COUNTERSIGN_URL: "https://a:b@example.com" },
      [],
      /^COUNTERSIGN_URL must be/,
    ],
    [
      "a file of the secret that is missing",
      { COUNTERSIGN_SECRET: "", COUNTERSIGN_SECRET_FILE: "missing" },
      [],
      /^The file of COUNTERSIGN_SECRET_FILE cannot be read: ENOENT\.$/m,
    ],
    [
      "a folder that is missing",
      {},
      ["--out", "missing/types.d.ts"],
      /^missing\/types\.d\.ts cannot be written: ENOENT\.$/m,
    ],
  ])("%s", async (_, changes, args, sentence) => {
    const ended = await failure({ ...env, ...changes }, args);
    expect(ended).toEqual({ exitCode: 2, stderr: expect.stringMatching(sentence) });
  });

  test("a wrong secret", async () => {
    expect(await failure({ ...env, COUNTERSIGN_SECRET: "wrong" })).toEqual({
      exitCode: 3,
      stderr: "The server does not accept the project id and the secret.\n",
    });
  });

  test("permissions that the key lacks, by their names", async () => {
    const none = await createKey(server.operator, ["clients:read"]);
    expect(await failure({ ...env, COUNTERSIGN_SECRET: none.secret })).toEqual({
      exitCode: 3,
      stderr:
        "The management key needs the permission settings:read.\nThe management key needs the permission apis:read.\n",
    });
    const one = await createKey(server.operator, ["settings:read"]);
    expect(await failure({ ...env, COUNTERSIGN_SECRET: one.secret })).toEqual({
      exitCode: 3,
      stderr: "The management key needs the permission apis:read.\n",
    });
  });

  test("a server that cannot be reached", async () => {
    const url = `http://127.0.0.1:${await freePort()}`;
    expect(await failure({ ...env, COUNTERSIGN_URL: url })).toEqual({
      exitCode: 3,
      stderr: `${url} cannot be reached: ECONNREFUSED.\n`,
    });
  });

  test("a server that is another one, and follows it nowhere", async () => {
    const other = createServer((_, response) => {
      response.writeHead(307, { location: `${server.url}/graphql` }).end("<html>");
    });
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
    const ended = await failure({ ...env, COUNTERSIGN_URL: `${url}/` });
    other.close();
    expect(ended).toEqual({
      exitCode: 3,
      stderr: `${url}/graphql answers with status 307 and no GraphQL.\n`,
    });
  });
});

test("countersign-typegen --check never takes an answer that it does not understand for a difference", async () => {
  const other = createServer((_, response) =>
    response.end(`{ "data": { "project": {}, "apis": {} } }`),
  );
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
  const ended = await runTypegen({ ...env, COUNTERSIGN_URL: url }, ["--check"], folder);
  other.close();
  expect(ended.exitCode).toBe(3);
});
