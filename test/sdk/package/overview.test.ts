import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { afterAll, describe, expect, test } from "@jest/globals";
import { blocksOf } from "../../support/markdown-blocks.js";
import { npm, pack, runTool, temporaryFolder } from "./packed-sdk.js";

const guide = readFileSync("docs/sdk/README.md", "utf8");
const commands = blocksOf("docs/sdk/README.md", "sh").map(({ code }) => code);
const manifest = JSON.parse(readFileSync("sdk/package.json", "utf8"));

describe("the overview of the SDK", () => {
  const folder = temporaryFolder();
  afterAll(() => rmSync(folder, { recursive: true }));

  test("has commands that pack the SDK and install it", async () => {
    const [packing = "", installation = "", ...others] = commands;
    expect(others).toEqual([]);
    // npm ci has been run, or no test would
    expect(packing).toMatch(/^npm ci\n/);
    await run(packing.replace("npm ci\n", ""), { npm_config_pack_destination: folder });
    const [jose] = await pack(["./node_modules/jose"], folder);
    writeFileSync(`${folder}/package.json`, "{}");
    await npm(["install", "--offline", "--no-audit", `./${jose?.filename}`], folder);
    await run(installation, { npm_config_offline: "true", npm_config_audit: "false" }, folder);
    expect(readdirSync(`${folder}/node_modules/@countersign`)).toEqual(["sdk"]);
  });

  test("names every subpath and command, with a guide that exists", () => {
    const subpaths = Object.keys(manifest.exports).filter((name) => /^\.\/\w+$/.test(name));
    const names = [...subpaths.map((name) => name.slice(1)), ...Object.keys(manifest.bin)];
    const rows = [...guide.matchAll(/^\| `([^`]+)` \|.*\]\(([^)]+)\)/gm)];
    expect(rows.map(([, name]) => name)).toEqual(names);
    for (const [, , file] of rows) readFileSync(`docs/sdk/${file}`);
  });

  /** Without scripts: `prepack` would build what other tests are using. */
  const run = (command: string, environment: Record<string, string>, directory?: string) =>
    runTool(
      "sh",
      ["-c", command],
      { npm_config_ignore_scripts: "true", ...environment },
      directory,
    );
});
