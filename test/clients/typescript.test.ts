import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { AuditEvent } from "../../src/audit/audit-event.entity.js";
import { packSdk } from "../sdk/package/packed-sdk.js";
import { describeUnlessMissing } from "../support/left-out.js";
import { blocksOf } from "../support/markdown-blocks.js";
import { createClient } from "../support/operations.js";
import { type RecordingProxy, startRecordingProxy } from "../support/recording-proxy.js";
import { runProgram } from "../support/run-program.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { missingPackages, TYPESCRIPT_FOLDER } from "./typescript-folder.js";

const GENERATED = `${TYPESCRIPT_FOLDER}/programs/generated`;
const TADA_SCHEMA = "programs/generated/gql-tada/schema.graphql";

/** Management secrets, client secrets and JWTs. */
const CREDENTIAL = /cmk_|csk_|eyJ[\w-]{10,}\./;

const PROGRAMS = ["client-preset", "gql-tada", "genql"];

describeUnlessMissing(missingPackages, "Generators of typed clients", () => {
  let server: TestServer;
  let proxy: RecordingProxy;

  beforeAll(async () => {
    server = await startTestServer();
    proxy = await startRecordingProxy(server.url);
    rmSync(`${TYPESCRIPT_FOLDER}/output`, { recursive: true, force: true });
  });

  afterAll(async () => {
    await proxy.stop();
    await server.stop();
  });

  /** Runs a command of the packages in the folder. */
  const command = (name: string, args: string[], environment: Record<string, string> = {}) =>
    runProgram(`node_modules/.bin/${name}`, args, environment, TYPESCRIPT_FOLDER);
  const removeGenerated = () => {
    rmSync(GENERATED, { recursive: true, force: true });
    mkdirSync(`${GENERATED}/gql-tada`, { recursive: true });
  };
  const generateClientPreset = (schema = "") =>
    command("graphql-codegen", ["--config", "codegen.mjs"], { SCHEMA: schema });
  const generateGenql = (...source: string[]) => {
    const scalars = ["DateTime:string", "JSONObject:{ [key: string]: unknown }"];
    const options = ["--output", "programs/generated/genql"];
    for (const scalar of scalars) options.push("--scalar", scalar);
    return command("genql", [...options, ...source]);
  };
  /** Under `strict` and `exactOptionalPropertyTypes`. */
  const compile = async () => {
    await command("tsc", ["--project", "tsconfig.json"]);
    await command("tsc", ["--project", "tsconfig.genql.json"]);
    writeFileSync(`${TYPESCRIPT_FOLDER}/output/genql/package.json`, '{ "type": "commonjs" }');
  };
  const generatedTypes = () => readFileSync(`${GENERATED}/client-preset/graphql.ts`, "utf8");

  test("take the schema from the file", async () => {
    removeGenerated();
    await generateClientPreset();
    copyFileSync("schema.graphql", `${TYPESCRIPT_FOLDER}/${TADA_SCHEMA}`);
    await command("gql-tada", ["generate-output"]);
    await generateGenql("--schema", "../../../schema.graphql");
    await compile();
  });

  test("take the schema from a running server", async () => {
    const fromFile = generatedTypes();
    removeGenerated();
    await generateClientPreset(`${proxy.url}/schema.graphql`);
    expect(generatedTypes()).toBe(fromFile);
    await command("gql-tada", ["generate-schema", `${proxy.url}/graphql`, "-o", TADA_SCHEMA]);
    await command("gql-tada", ["generate-output"]);
    await generateGenql("--endpoint", `${proxy.url}/graphql`);
    await compile();
  });

  test.each(PROGRAMS)("make a client that does what it is for: %s", async (program) => {
    const { clientId } = await createClient(server.operator, { name: "of an action to come" });
    await server.services.unitOfWork.write((manager) =>
      manager.update(AuditEvent, { targetId: clientId }, { action: "client.teleport" }),
    );
    proxy.requests.length = 0;
    const path = program === "genql" ? `genql/${program}.js` : `${program}.js`;
    const output = await runProgram(process.execPath, [`${TYPESCRIPT_FOLDER}/output/${path}`], {
      SERVER_URL: proxy.url,
      PROJECT_ID: server.projectId,
      MANAGEMENT_SECRET: server.managementSecret,
    });
    const report = JSON.parse(output);
    expect(report).toEqual({
      clientId: expect.any(String),
      verifiedScopes: ["read:users"],
      isNewSecret: true,
      listedNames: [expect.any(String)],
      deletedClientId: report.clientId,
      // A client of today's schema passes over an action that a newer server records.
      actions: expect.arrayContaining(["CLIENT_CREATE", "CLIENT_DELETE", "CLIENT_TELEPORT"]),
    });

    const operations = proxy.requests.filter(({ method }) => method === "POST");
    expect(operations.length).toBeGreaterThanOrEqual(7);
    for (const { url } of proxy.requests) expect(url).not.toMatch(CREDENTIAL);
    for (const { body } of operations) {
      const { query } = JSON.parse(body) as { query: string };
      // Caches of clients keep a query and its variables, and logs keep the text of every operation.
      expect(query.trim().startsWith("mutation") ? query : body).not.toMatch(CREDENTIAL);
    }
  });

  test("are set up as docs/typed-clients.md says, in a project with the packed SDK", async () => {
    const folder = `${TYPESCRIPT_FOLDER}/output/guide`;
    const sdk = `${folder}/node_modules/@countersign/sdk`;
    mkdirSync(`${folder}/src`, { recursive: true });
    mkdirSync(sdk, { recursive: true });
    const { file: archive } = await packSdk(`${process.cwd()}/${folder}`);
    await runProgram("tar", ["--extract", "--file", archive, "--strip-components=1", "-C", sdk]);

    const blocks = blocksOf("docs/typed-clients.md", "ts").map(({ code }) => code);
    const [config = "", strictConfig = "", program = ""] = blocks;
    const inProject = (name: string, args: string[] = []) =>
      runProgram(`../../node_modules/.bin/${name}`, args, {}, folder);
    writeFileSync(`${folder}/package.json`, '{ "type": "module" }');
    writeFileSync(`${folder}/tsconfig.json`, JSON.stringify(PROJECT));
    const generated = async (codegen: string) => {
      writeFileSync(`${folder}/codegen.ts`, codegen);
      await inProject("graphql-codegen");
      return readFileSync(`${folder}/src/countersign/graphql.ts`, "utf8");
    };
    const result = (type: string) =>
      `export type CreateClientMutation = { createClient: ${type} };`;
    const payload = "{ clientSecret: string | null, client: ClientFieldsFragment }";
    expect(await generated(config)).toContain(result(`${payload} | null`));
    writeFileSync(`${folder}/src/main.ts`, program);
    expect(await generated(strictConfig)).toContain(result(payload));
    await inProject("tsc");
    const output = await runProgram(process.execPath, [`${folder}/dist/main.js`], {
      COUNTERSIGN_URL: server.url,
      COUNTERSIGN_PROJECT_ID: server.projectId,
      COUNTERSIGN_SECRET: server.managementSecret,
    });
    expect(output).toMatch(/^client_/);
  });
});

const PROJECT = {
  compilerOptions: {
    module: "nodenext",
    target: "es2022",
    types: ["node"],
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    outDir: "dist",
    rootDir: "src",
  },
  include: ["src"],
};
