import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "@jest/globals";

const IMPORT = /(?:\bfrom|\bimport)\s*\(?\s*["']([^"']+)["']/g;

/** @returns each import of the folder's sources, relative ones as paths from the root */
function importsOf(folder: string) {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .flatMap((name) => {
      const file = path.posix.join(folder, name);
      const found = [...readFileSync(file, "utf8").matchAll(IMPORT)];
      return found.map(([, specifier = ""]) => {
        const isRelative = specifier.startsWith(".");
        return { file, to: isRelative ? path.posix.join(file, "..", specifier) : specifier };
      });
    });
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
      .filter(({ file, to }) => PEERS[subpathOf(file)] !== to);
    expect(packages).toEqual([]);
  });

  test("uses Node.js nowhere but in its command and where a file is read", () => {
    const ofNode = imports.filter(({ to }) => to.startsWith("node:")).map(({ file }) => file);
    const allowed = /^sdk\/src\/(?:typegen\/|client\/secret-file\.ts)/;
    expect(ofNode.filter((file) => !allowed.test(file) && !file.includes("/testing"))).toEqual([]);
  });

  test("is not imported by the server", () => {
    const ofSdk = importsOf("src").filter(({ to }) => /^(?:sdk\/|@countersign\/)/.test(to));
    expect(ofSdk).toEqual([]);
  });
});
