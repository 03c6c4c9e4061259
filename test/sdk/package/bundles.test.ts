import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { bundle } from "./bundle.js";

/** What an application imports, and the most that it may cost: bytes, minified and gzipped, without jose. */
const IMPORTS = [
  { subpath: "/client", name: "createTokenSource", limit: 8_192 },
  { subpath: "/verify", name: "createVerifier", limit: 10_240 },
  { subpath: "/express", name: "requireAccessToken", limit: 10_240 },
  { subpath: "/fastify", name: "requireAccessToken", limit: 10_240 },
  { subpath: "/hono", name: "requireAccessToken", limit: 10_240 },
  { subpath: "/graphql", name: "requireAccessToken", limit: 10_240 },
  { subpath: "/management", name: "createManagementClient", limit: 20_480 },
];

/** Of the application, and of Node.js where a secret is read from a file. */
const EXTERNAL = ["jose", "fastify", "hono", "graphql", "node:fs/promises"];

const guide = readFileSync("docs/sdk/README.md", "utf8");

describe("a bundle", () => {
  test.each(IMPORTS)("of $subpath costs at most $limit bytes", async ({ subpath, name, limit }) => {
    const { bytes } = await bundleOf(subpath, name);
    process.stderr.write(`${name} of ${subpath}: ${bytes} bytes\n`);
    expect(bytes).toBeLessThanOrEqual(limit);
  });

  test.each(IMPORTS)("of $subpath is as large as the guide says, within 10 %", async (entry) => {
    const row = new RegExp(`^\\| \`${entry.subpath}\`.*\\| ([\\d,]+) bytes \\|`, "m").exec(guide);
    const told = Number(row?.[1]?.replace(",", ""));
    const { bytes } = await bundleOf(entry.subpath, entry.name);
    expect(bytes).toBeGreaterThan(told * 0.9);
    expect(bytes).toBeLessThan(told * 1.1);
  });

  test.each(IMPORTS)(
    "of all of $subpath needs Web APIs, jose and the framework",
    async ({ subpath }) => {
      const { imports } = await bundle(`export * from "@countersign/sdk${subpath}";`, EXTERNAL);
      const others = imports.filter(({ path }) => path !== "jose" && `/${path}` !== subpath);
      const secretFile = { path: "node:fs/promises", kind: "dynamic-import", external: true };
      expect(others).toEqual(subpath === "/client" ? [secretFile] : []);
    },
  );
});

const bundleOf = (subpath: string, name: string) =>
  bundle(`export { ${name} } from "@countersign/sdk${subpath}";`, EXTERNAL);
