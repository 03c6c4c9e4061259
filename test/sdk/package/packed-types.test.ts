import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { installPackedSdk, packSdk, runTool, temporaryFolder } from "./packed-sdk.js";

const manifest = JSON.parse(readFileSync("sdk/package.json", "utf8"));
const SUBPATHS = Object.keys(manifest.exports).filter((name) => !/\*|json$/.test(name));

/** What a project brings itself, where it uses the subpath of a framework. */
const OWN_PACKAGES = ["fastify", "graphql", "hono", "@types/node"];

const nodenext = { module: "nodenext", moduleResolution: "nodenext" };
const bundler = { module: "esnext", moduleResolution: "bundler" };
const node = { lib: ["es2023"], types: ["node"] };
const browser = { lib: ["es2023", "dom", "dom.iterable"], types: [] };

describe("the packed SDK in an empty project", () => {
  const folder = temporaryFolder();
  const installed = path.join(folder, "node_modules");
  beforeAll(async () => {
    await installPackedSdk(folder, await packSdk(folder));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test("brings jose and nothing else", () => {
    const lock = JSON.parse(readFileSync(path.join(folder, "package-lock.json"), "utf8"));
    expect(Object.keys(lock.packages)).toEqual([
      "",
      "node_modules/@countersign/sdk",
      "node_modules/jose",
    ]);
  });

  test.each([
    ["Node.js", { ...nodenext, ...node }, SUBPATHS],
    ["Node.js with a bundler", { ...bundler, ...node }, SUBPATHS],
    // fastify's own types need those of Node.js
    ["no Node.js", { ...nodenext, ...browser }, SUBPATHS.filter((name) => name !== "./fastify")],
    [
      "no Node.js, with a bundler",
      { ...bundler, ...browser },
      SUBPATHS.filter((name) => name !== "./fastify"),
    ],
  ])("has types that are right under strict with %s", async (_title, options, subpaths) => {
    for (const name of OWN_PACKAGES) own(name);
    const imports = subpaths.map(
      (name, i) => `export * as subpath${i} from "${name.replace(".", manifest.name)}";\n`,
    );
    writeFileSync(path.join(folder, "program.ts"), imports.join(""));
    const compilerOptions = {
      target: "es2022",
      strict: true,
      exactOptionalPropertyTypes: true,
      skipLibCheck: false,
      noEmit: true,
      ...options,
    };
    const config = JSON.stringify({ compilerOptions, files: ["program.ts"] });
    writeFileSync(path.join(folder, "tsconfig.json"), config);
    await runTool("node_modules/.bin/tsc", ["--project", folder]);
  });

  function own(name: string) {
    const link = path.join(installed, name);
    rmSync(link, { recursive: true, force: true });
    mkdirSync(path.dirname(link), { recursive: true });
    symlinkSync(path.resolve("node_modules", name), link);
  }
});
