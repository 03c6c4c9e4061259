import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "@jest/globals";
import { build } from "esbuild";

const IMPORT = /(?:\bfrom|\bimport)\s*\(?\s*["']([^"']+)["']/g;

/** What `@example` of a docblock imports, its reader has. */
const EXAMPLE = /^ *\/\*\*[\s\S]*?\*\/$/gm;

/** @returns each import of the folder's sources, relative ones as paths from the root */
function importsOf(folder: string) {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .flatMap((name) => {
      const file = path.posix.join(folder, name);
      const code = readFileSync(file, "utf8").replace(EXAMPLE, "");
      const found = [...code.matchAll(IMPORT)];
      return found.map(([, specifier = ""]) => {
        const isRelative = specifier.startsWith(".");
        return { file, to: isRelative ? path.posix.join(file, "..", specifier) : specifier };
      });
    });
}

/** @returns the files of a built subpath, and the packages that they import, without subpaths of these */
async function filesBehind(subpath: string): Promise<string[]> {
  const entry = `sdk/dist/${subpath}.js`;
  const { metafile } = await build({
    entryPoints: [entry],
    bundle: true,
    packages: "external",
    platform: "node",
    format: "esm",
    write: false,
    outdir: "dist",
    metafile: true,
  });
  const imports = Object.values(metafile.inputs).flatMap((input) => input.imports);
  const packages = imports.filter(({ external }) => external).map(({ path: name }) => name);
  return [...new Set([...Object.keys(metafile.inputs), ...packages])];
}

/** What a subpath may import beside files of its own; each also may import jose. */
const PEERS: Record<string, string> = {
  "sdk/src/fastify": "fastify",
  "sdk/src/hono": "hono",
  "sdk/src/graphql": "graphql",
};

/** `sdk/src/hono` for `sdk/src/hono.ts` and the files of `sdk/src/hono/`. */
const subpathOf = (file: string) => /^sdk\/src\/\w+/.exec(file)?.[0] ?? "";

describe("the SDK", () => {
  const imports = importsOf("sdk/src");

  test("imports nothing of the server but for the issuer of tests", () => {
    expect(imports.length).toBeGreaterThan(3);
    const ofServer = imports.filter(({ to }) => to.startsWith("src/"));
    expect(ofServer.filter(({ file }) => !file.startsWith("sdk/src/testing"))).toEqual([]);
  });

  test("depends on jose alone, and a framework's subpath on the framework", () => {
    const packages = imports
      .filter(({ to }) => !to.startsWith("sdk/") && !to.startsWith("src/"))
      .filter(({ to }) => to !== "jose" && !to.startsWith("node:"))
      // The build bundles what it needs of the server's packages.
      .filter(({ file }) => !file.startsWith("sdk/src/testing/issuer/"))
      .filter(({ file, to }) => PEERS[subpathOf(file)] !== to);
    expect(packages).toEqual([]);
  });

  test("uses Node.js nowhere but in its command and where a file is read", () => {
    const ofNode = imports.filter(({ to }) => to.startsWith("node:")).map(({ file }) => file);
    const allowed = /^sdk\/src\/(?:typegen\/|client\/secret-file\.ts)/;
    expect(ofNode.filter((file) => !allowed.test(file) && !file.includes("/testing"))).toEqual([]);
  });

  test("has an issuer of tests that brings all but jose along", async () => {
    const packages = (await filesBehind("testing")).filter((file) => !file.includes("/"));
    expect(packages.filter((name) => !name.startsWith("node:"))).toEqual(["jose"]);
  });

  test("has the issuer of tests nowhere else", async () => {
    for (const subpath of ["client", "verify"]) {
      const files = await filesBehind(subpath);
      expect(files.filter((file) => file.includes("testing"))).toEqual([]);
    }
  });

  test("has an issuer of tests that shows no types of the server", () => {
    const declarations = readdirSync("sdk/dist", { recursive: true, encoding: "utf8" })
      .filter((name) => /^testing\b.*\.d\.ts$/.test(name))
      .map((name) => readFileSync(path.join("sdk/dist", name), "utf8").replace(EXAMPLE, ""));
    expect(declarations.length).toBeGreaterThan(3);
    const imports = declarations.flatMap((text) => [...text.matchAll(IMPORT)].map(([, to]) => to));
    expect(
      imports.filter(
        (to) => !/^(?:jose|\.\.?\/(?:(?:testing|verify)\/)?[\w-]+\.js)$/.test(to ?? ""),
      ),
    ).toEqual([]);
  });

  test("is imported by the command line alone, and not by the server", () => {
    const ofSdk = importsOf("src").filter(({ to }) => /^(?:sdk\/|@countersign\/)/.test(to));
    expect(ofSdk.length).toBeGreaterThan(0);
    expect(ofSdk.filter(({ file }) => !file.startsWith("src/cli/"))).toEqual([]);
  });
});
