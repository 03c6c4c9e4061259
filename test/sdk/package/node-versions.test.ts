import { copyFileSync, existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { describeUnlessMissing } from "../../support/left-out.js";
import { type LiveServer, startLiveServer } from "../../support/live-server.js";
import { createEmptyProject, type EmptyProject } from "./empty-project.js";
import { PACKAGE_FOLDER } from "./package-folder.js";
import { runTool } from "./packed-sdk.js";

/** What the application has beside the SDK. */
const OWN_PACKAGES = ["express", "fastify", "graphql", "hono", "@types/express", "@types/node"];

const manifest = JSON.parse(readFileSync("sdk/package.json", "utf8"));
const SUBPATHS = Object.keys(manifest.exports)
  .filter((name) => !name.includes("*"))
  .map((name) => name.replace(".", manifest.name));

const packaged = (version: string) =>
  path.resolve(PACKAGE_FOLDER, `node_modules/node${version}-linux-x64/bin/node`);
const BINARIES: Readonly<Record<string, string>> = {
  20: packaged("20"),
  22: packaged("22"),
  24: process.execPath,
};

const missing = Object.values(BINARIES).every((binary) => existsSync(binary))
  ? null
  : `Node.js 20 and 22 are not installed, which are packages for Linux on x64: npm ci --prefix ${PACKAGE_FOLDER}`;

describeUnlessMissing(missing, "An application over the packed SDK", () => {
  let server: LiveServer;
  let project: EmptyProject;
  beforeAll(async () => {
    [server, project] = await Promise.all([startLiveServer(), createEmptyProject(OWN_PACKAGES)]);
    copyFileSync(`${PACKAGE_FOLDER}/programs/application.ts`, `${project.folder}/application.ts`);
    const options = { module: "nodenext", lib: ["es2023"], types: ["node"] };
    // express's own types are not right under exactOptionalPropertyTypes
    await project.compile("application.ts", { ...options, skipLibCheck: true });
  });
  afterAll(async () => {
    project.remove();
    await server.stop();
  });

  test.each(Object.entries(BINARIES))(
    "requires every subpath from CommonJS on Node.js %s",
    async (_major, binary) => {
      const required = SUBPATHS.map((name) => `require("${name}")`).join(";");
      await runTool(binary, ["-e", required], {}, project.folder);
    },
  );

  test.each(Object.entries(BINARIES))(
    "gets tokens, serves with them, rotates a secret and tests itself on Node.js %s",
    async (major, binary) => {
      const output = await runTool(binary, [`${project.folder}/application.js`], {
        URL_OF_SERVER: server.publicUrl,
        ISSUER: server.issuer,
        PROJECT_ID: server.projectId,
        SECRET: server.managementSecret,
      });
      const { version, ...done } = JSON.parse(output);
      expect(version).toMatch(`v${major}.`);
      const accepted = [200, 401];
      expect(done).toEqual({
        statuses: { express: accepted, fastify: accepted, hono: accepted, graphql: accepted },
        isVerified: true,
        names: [`Shop on ${version}`],
        issuedScopes: ["orders:read"],
        foreign: "SIGNATURE",
        errorCode: true,
        schema: true,
      });
    },
  );
});
