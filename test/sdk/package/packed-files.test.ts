import { readFileSync, rmSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type PackedSdk, packSdk, temporaryFolder } from "./packed-sdk.js";

const manifestOf = (folder: string) =>
  JSON.parse(readFileSync(`${folder}package.json`, "utf8")) as {
    version: string;
    license: string;
    exports: Record<string, string | Record<string, string>>;
    bin: Record<string, string>;
    dependencies: Record<string, string>;
  };

const MEANT = [
  /^bin\/[\w-]+\.js$/,
  /^(?:package\.json|README\.md|LICENSE)$/,
  /^dist\/.*[^.]\.(?:js|d\.ts)$/,
  /^dist\/testing\.licenses\.txt$/,
  /^schema\/.*\.(?:graphql|ts|js|py|go|java|rs|json|md)$/,
];

/** Bytes. Half of it are the issuer of tests, with the rules of the server, and the schema with its descriptions, twice. */
const LARGEST_TARBALL = 400_000;

describe("the packed SDK", () => {
  const folder = temporaryFolder();
  const manifest = manifestOf("sdk/");
  let sdk: PackedSdk;
  beforeAll(async () => {
    sdk = await packSdk(folder);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const paths = () => sdk.files.map((file) => file.path);

  test("has compiled modules with their types, the schema, a readme and the licence, and nothing else", () => {
    expect(paths().filter((file) => !MEANT.some((meant) => meant.test(file)))).toEqual([]);
    expect(paths()).toEqual(expect.arrayContaining(["README.md", "LICENSE", "package.json"]));
    for (const file of paths().filter((name) => name.startsWith("dist/") && name.endsWith(".js"))) {
      expect(paths()).toContain(file.replace(/\.js$/, ".d.ts"));
    }
  });

  test("has every file that its manifest names", () => {
    const named = [...Object.values(manifest.exports), ...Object.values(manifest.bin)]
      .flatMap((target) => (typeof target === "string" ? target : Object.values(target)))
      .map((file) => file.replace("./", ""));
    expect(named.length).toBeGreaterThan(20);
    expect(paths()).toEqual(expect.arrayContaining(named.filter((file) => !file.includes("*"))));
    expect(paths().some((file) => file.startsWith("schema/"))).toBe(true);
  });

  test("is small", () => {
    process.stderr.write(`The packed SDK: ${sdk.size} bytes, unpacked ${sdk.unpackedSize}\n`);
    expect(sdk.size).toBeLessThan(LARGEST_TARBALL);
  });

  test("depends on jose alone, in the server's version, and has the server's version and licence", () => {
    const server = manifestOf("");
    expect(manifest.dependencies).toEqual({ jose: server.dependencies["jose"] });
    expect(manifest.version).toBe(server.version);
    expect(manifest.license).toBe(server.license);
  });
});
