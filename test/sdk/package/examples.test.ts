import { globSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, describe, expect, test } from "@jest/globals";
import { publicApi } from "../../../sdk/scripts/public-api.mjs";
import { blocksIn, blocksOf } from "../../support/markdown-blocks.js";
import { runTool, temporaryFolder } from "./packed-sdk.js";

interface Example {
  /** A file name that says where the example is. */
  name: string;
  code: string;
}

/** What a block of a guide may use of the blocks before it. */
const NAMES_OF_GUIDES = `
import type { createTokenSource } from "@countersign/sdk/client";
import type { createManagementClient } from "@countersign/sdk/management";
import type { createVerifier } from "@countersign/sdk/verify";
declare global {
  const token: string;
  const tokens: ReturnType<typeof createTokenSource>;
  const verifier: ReturnType<typeof createVerifier>;
  const management: ReturnType<typeof createManagementClient>;
}
`;

const LANGUAGES = ["ts", "sh", "json", "graphql", "python", "go", "java", "rust", "text"];

const GUIDES = [...globSync("docs/sdk/*.md"), "docs/apis-and-grants.md", "sdk/README.md"].sort();
const SOURCES = globSync("sdk/src/**/*.ts").sort();

const examplesOfGuide = (guide: string): Example[] =>
  blocksOf(guide, "ts").map(({ code, line }) => ({
    name: `${path.basename(guide, ".md")}-${line}.ts`,
    code,
  }));

/** Each `@example` of a source, with imports of what its subpath exports. */
function examplesOfSource(source: string): Example[] {
  const text = readFileSync(source, "utf8");
  const [, subpath = ""] = /^sdk\/src\/([\w-]+)/.exec(source) ?? [];
  return [...text.matchAll(/\/\*\*[\s\S]*?\*\//g)].flatMap(({ 0: docblock, index }) => {
    const prose = docblock.slice(3, -2).replace(/^[ \t]*\* ?/gm, "");
    return [...prose.matchAll(/^@example\b([\s\S]*?)(?=^@\w|(?![\s\S]))/gm)].map(
      ({ 1: example = "" }, i) => {
        const code = blocksIn(example, "ts")[0]?.code ?? example;
        const line = text.slice(0, index).split("\n").length;
        const name = `${source.replaceAll("/", "-").replace(/\.ts$/, "")}-${line}-${i}.ts`;
        return { name, code: importsOf(subpath, code) + code };
      },
    );
  });
}

function importsOf(subpath: string, code: string) {
  const module = API.find(({ name }) => name === `@countersign/sdk/${subpath}`);
  const used = module?.exports.map(({ name }) => name).filter((name) => uses(code, name)) ?? [];
  return used.length > 0 ? `import { ${used.join(", ")} } from "${module?.name}";\n` : "";
}

/** Whether the code names it, and neither imports nor declares it. */
const uses = (code: string, name: string) =>
  new RegExp(`\\b${name}\\b`).test(code) &&
  !new RegExp(`import[^;]*\\b${name}\\b|(?:const|function|class|type|interface) ${name}\\b`).test(
    code,
  );

const API = publicApi();
/** A registration holds for everything that is compiled with it. */
const registers = (guide: Example[]) => guide.some(({ code }) => code.includes("declare module"));

describe("code that explains the SDK", () => {
  const folder = temporaryFolder();
  afterAll(() => rmSync(folder, { recursive: true }));

  const ofGuides = GUIDES.map(examplesOfGuide);
  const ofSources = SOURCES.map(examplesOfSource);
  const all = [...ofGuides, ...ofSources];
  const alone = all.filter(registers);
  const together = all.filter((examples) => !registers(examples)).flat();

  test.each(GUIDES.filter((guide) => guide.includes("sdk/")))(
    "is in languages that are tested: %s",
    (guide) => {
      const languages = blocksOf(guide).map(({ language }) => language);
      expect(languages.filter((language) => !LANGUAGES.includes(language))).toEqual([]);
    },
  );

  test("compiles under strict", () => compile("together", together));

  test.each(alone.map((examples) => ({ name: examples[0]?.name ?? "", examples })))(
    "compiles with the types that it registers: $name",
    ({ name, examples }) => compile(name, examples),
  );

  test.each(API.filter(({ exports }) => exports.length > 0))(
    "is in the docblocks of $name",
    ({ name }) => {
      const subpath = name.replace("@countersign/sdk", "");
      const file = new RegExp(subpath ? `^sdk/src${subpath}\\b` : "^sdk/src/(index|register)\\.ts");
      const examples = SOURCES.filter((source) => file.test(source)).flatMap(examplesOfSource);
      expect(examples.length).toBeGreaterThan(0);
    },
  );

  async function compile(name: string, examples: readonly Example[]) {
    const project = path.join(folder, path.basename(name, ".ts"));
    mkdirSync(project);
    symlinkSync(path.resolve("node_modules"), path.join(project, "node_modules"));
    writeFileSync(path.join(project, "names.ts"), NAMES_OF_GUIDES);
    for (const example of examples) {
      const module = /^(?:import|export)\b/m.test(example.code) ? "" : "\nexport {};\n";
      writeFileSync(path.join(project, example.name), example.code + module);
    }
    const compilerOptions = {
      target: "es2022",
      lib: ["es2023"],
      types: ["node"],
      module: "nodenext",
      strict: true,
      exactOptionalPropertyTypes: true,
      skipLibCheck: true,
      noEmit: true,
    };
    const manifest = JSON.stringify({ type: "module" });
    writeFileSync(path.join(project, "package.json"), manifest);
    const files = ["names.ts", ...examples.map((example) => example.name)];
    const config = JSON.stringify({ compilerOptions, files });
    writeFileSync(path.join(project, "tsconfig.json"), config);
    await runTool("node_modules/.bin/tsc", ["--project", project]);
  }
});
