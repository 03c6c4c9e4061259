import { readFileSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createEmptyProject, type EmptyProject } from "./empty-project.js";

const manifest = JSON.parse(readFileSync("sdk/package.json", "utf8"));
const SUBPATHS = Object.keys(manifest.exports).filter((name) => !/\*|json$/.test(name));
/** fastify's own types need those of Node.js. */
const WITHOUT_NODE = SUBPATHS.filter((name) => name !== "./fastify");

const nodenext = { module: "nodenext", moduleResolution: "nodenext" };
const bundler = { module: "esnext", moduleResolution: "bundler" };
const node = { lib: ["es2023"], types: ["node"] };
const browser = { lib: ["es2023", "dom", "dom.iterable"], types: [] };

describe("the packed SDK in an empty project", () => {
  let project: EmptyProject;
  beforeAll(async () => {
    project = await createEmptyProject(["fastify", "graphql", "hono", "@types/node"]);
  });
  afterAll(() => project.remove());

  test("brings jose and nothing else", () => {
    const lock = JSON.parse(readFileSync(`${project.folder}/package-lock.json`, "utf8"));
    expect(Object.keys(lock.packages)).toEqual([
      "",
      "node_modules/@countersign/sdk",
      "node_modules/jose",
    ]);
  });

  test.each([
    ["Node.js", { ...nodenext, ...node }, SUBPATHS],
    ["a browser's types and a bundler", { ...bundler, ...browser }, WITHOUT_NODE],
  ])("has types that are right under strict with %s", async (_title, options, subpaths) => {
    const imports = subpaths.map(
      (name, i) => `export * as subpath${i} from "${name.replace(".", manifest.name)}";\n`,
    );
    writeFileSync(`${project.folder}/every-subpath.ts`, imports.join(""));
    await project.compile("every-subpath.ts", { ...options, noEmit: true });
  });
});
