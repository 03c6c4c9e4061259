import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { packSdk } from "../sdk/package/packed-sdk.js";
import { describeUnlessMissing } from "../support/left-out.js";
import { blocksOf } from "../support/markdown-blocks.js";
import { runProgram } from "../support/run-program.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { missingPackages, TYPESCRIPT_FOLDER } from "./typescript-folder.js";

/** Below the folder whose packages it uses. */
const PROJECT_FOLDER = `${TYPESCRIPT_FOLDER}/dist/guide`;

/** Settings of careful readers, beside those that the guide asks for. */
const STRICT = { strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true };

describeUnlessMissing(missingPackages, "docs/typed-clients.md", () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer();
    rmSync(PROJECT_FOLDER, { recursive: true, force: true });
    const sdk = `${PROJECT_FOLDER}/node_modules/@countersign/sdk`;
    for (const folder of [`${PROJECT_FOLDER}/src`, sdk]) mkdirSync(folder, { recursive: true });
    const { file } = await packSdk(`${process.cwd()}/${PROJECT_FOLDER}`);
    await runProgram("tar", ["--extract", "--file", file, "--strip-components=1", "-C", sdk]);
    write("package.json", '{ "type": "module" }');
    const [{ code: shown } = { code: "" }] = blocksOf("docs/typed-clients.md", "json");
    const { compilerOptions, ...project } = JSON.parse(shown);
    const strict = { ...project, compilerOptions: { ...compilerOptions, ...STRICT } };
    write("tsconfig.json", JSON.stringify(strict));
  });

  afterAll(async () => {
    await server.stop();
  });

  const [config = "", strictConfig = "", program = ""] = blocksOf(
    "docs/typed-clients.md",
    "ts",
  ).map(({ code }) => code);
  const write = (file: string, text: string) => writeFileSync(`${PROJECT_FOLDER}/${file}`, text);
  const inProject = (name: string) =>
    runProgram(`../../node_modules/.bin/${name}`, [], {}, PROJECT_FOLDER);
  /** The types that the configuration generates. */
  const generate = async (codegen: string) => {
    write("codegen.ts", codegen);
    await inProject("graphql-codegen");
    return readFileSync(`${PROJECT_FOLDER}/src/countersign/graphql.ts`, "utf8");
  };

  test("sets up the client preset in a project with the packed SDK", async () => {
    const result = (type: string) =>
      `export type CreateClientMutation = { createClient: ${type} };`;
    const payload = "{ clientSecret: string | null, client: ClientFieldsFragment }";
    const types = await generate(config);
    expect(types).toContain(result(`${payload} | null`));
    const url = `"${server.url}/schema.graphql"`;
    expect(await generate(strictConfig.replace("strictSchemaPath()", url))).toBe(types);
    write("src/main.ts", program);
    expect(await generate(strictConfig)).toContain(result(payload));
    await inProject("tsc");
    const output = await runProgram(process.execPath, [`${PROJECT_FOLDER}/dist/main.js`], {
      COUNTERSIGN_URL: server.url,
      COUNTERSIGN_PROJECT_ID: server.projectId,
      COUNTERSIGN_SECRET: server.managementSecret,
    });
    expect(output).toMatch(/^client_/);
  });
});
