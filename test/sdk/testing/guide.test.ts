import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, test } from "@jest/globals";
import { blocksOf } from "../../support/markdown-blocks.js";
import { runProgram } from "../../support/run-program.js";

const guide = readFileSync("docs/sdk/testing.md", "utf8");
const blocks = blocksOf("docs/sdk/testing.md", "ts").map(({ code }) => code);

describe("the guide to testing", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "countersign-guide-"));
  symlinkSync(path.resolve("node_modules"), path.join(folder, "node_modules"));
  afterAll(() => rmSync(folder, { recursive: true }));

  const run = (code: string, ...options: string[]) => {
    const file = path.join(folder, "example.mts");
    writeFileSync(file, code);
    const args = ["--disable-warning=ExperimentalWarning", ...options, file];
    return runProgram(process.execPath, args, { NODE_OPTIONS: "" });
  };

  test("has a first example that tests an API", async () => {
    const output = await run(blocks[0] ?? "", "--test-reporter=tap");
    expect(output).toContain("ok 1 - reading orders needs orders:read");
    const lenient = (blocks[0] ?? "").replace("}, 403)", "}, 200)").replace(", 403", ", 200");
    await expect(run(lenient)).rejects.toThrow();
  });

  test("has a client whose token source meets a fault", async () => {
    expect(await run(blocks[1] ?? "")).toBe(
      "[ '/oauth/token 503', '/oauth/token 503', '/oauth/token 200' ]\n",
    );
  });

  test("tries a template without a server", async () => {
    const [accepted = "", refused = ""] = (blocks[2] ?? "").split(
      /(?=^renderClaimsTemplate\('\{ "iss)/m,
    );
    const shown = accepted
      .replace("renderClaimsTemplate(template", "console.log($&")
      .replace("});", "}));");
    expect(await run(shown)).toBe("{ tier: 'gold', trace: 'abc' }\n");
    const importing = accepted.split("\n").slice(0, 1).join("\n");
    await expect(run(`${importing}\n${refused}`)).rejects.toThrow(
      'SetupRefused: "iss" is a reserved claim (line 1, column 3).',
    );
  });

  test("names every fault, kind of token and endpoint that there is", () => {
    const types = ["faults", "forge"].map((name) =>
      readFileSync(`sdk/src/testing/${name}.ts`, "utf8"),
    );
    const [faults = "", forge = ""] = types;
    const named = [...faults.matchAll(/^ {2}(\w+)\?:/gm), ...faults.matchAll(/^ {2}\| "(\w+)"/gm)];
    expect(named.length).toBeGreaterThan(10);
    expect(named.map(([, name]) => name).filter((name) => !guide.includes(`\`${name}\``))).toEqual(
      [],
    );
    const kinds = [
      ...guide.matchAll(/`(expired|otherAudience|otherIssuer|badSignature|sessionJwt|unsigned)`/g),
    ];
    for (const [, kind] of kinds) expect(forge).toContain(`"${kind}"`);
  });
});
