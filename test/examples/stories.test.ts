import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { withoutElsewhere } from "../docs/commands.js";
import { blocksOf } from "../support/markdown-blocks.js";
import { runProgram } from "../support/run-program.js";
import { untoldParts } from "../support/stories.js";

const READMES = [
  "examples/express-api/README.md",
  "examples/customer-credentials/README.md",
  "examples/supabase-sessions/README.md",
  "examples/github-actions/README.md",
];
/** npm keeps a cache there, too. */
const isOfStory = (file: string) => file.startsWith("countersign-");
const OVERVIEW = readFileSync("examples/README.md", "utf8");

describe("the examples", () => {
  let temporary: string;

  beforeEach(() => {
    temporary = mkdtempSync(path.join(tmpdir(), "examples-test-"));
  });

  afterEach(() => {
    rmSync(temporary, { recursive: true });
  });

  test.each(READMES)(
    "%s: its command plays what it tells, and leaves nothing behind",
    async (readme) => {
      const [block, ...others] = blocksOf(readme, "sh");
      expect(others).toEqual([]);
      const command = withoutElsewhere(block?.code ?? "");
      const output = await runProgram("sh", ["-c", command], { TMPDIR: temporary });
      expect(untoldParts(readme, output)).toEqual([]);
      expect(output).not.toMatch(/csk_\w|cmk_|eyJ/);
      expect(readdirSync(temporary).filter(isOfStory)).toEqual([]);
    },
  );

  test("fail with a code where something is not as told, and still leave nothing behind", async () => {
    const stage = JSON.stringify(path.resolve("examples/support/stage.ts"));
    const story = path.join(temporary, "story.mts");
    writeFileSync(
      story,
      `import { play } from ${stage};
      await play(import.meta.dirname, async (stage) => {
        await stage.startCountersign();
        throw new Error("not as told");
      });`,
    );
    await expect(runProgram("node", [story], { TMPDIR: temporary })).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining("not as told"),
    });
    expect(readdirSync(temporary).filter(isOfStory)).toEqual([]);
  });

  test("are all in the overview, with their commands", () => {
    const folders = readdirSync("examples", { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
    expect(folders.filter((name) => !OVERVIEW.includes(`[${name}](`))).toEqual([]);
    const { scripts } = JSON.parse(readFileSync("package.json", "utf8"));
    const commands = Object.keys(scripts).filter((name) => name.startsWith("example:"));
    expect(commands.filter((name) => !OVERVIEW.includes(`\`npm run ${name}\``))).toEqual([]);
  });
});
