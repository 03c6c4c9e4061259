import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, test } from "@jest/globals";
import { describeUnlessMissing } from "../support/left-out.js";
import { blocksOf } from "../support/markdown-blocks.js";
import { run } from "../support/programs.js";
import { Shell } from "../support/shell.js";
import {
  expectCallSteps,
  expectErrorSteps,
  expectManagementSteps,
  type Step,
} from "./expected-steps.js";
import { type StoryServer, startStoryServer } from "./story-server.js";

/** A compiler may have to fetch and compile hundreds of packages first. */
const BUILD_TIMEOUT_MS = 600_000;

const STORIES = {
  manage: expectManagementSteps,
  errors: expectErrorSteps,
  call: expectCallSteps,
};

export type Story = keyof typeof STORIES;

const ALL: readonly Story[] = ["manage", "errors", "call"];

export interface Program {
  /** Its generator, or what the program shows otherwise. */
  title: string;
  /** The program's command, from the README's for `manage`; that one unless given. */
  command?: (ofReadme: string) => string;
  /** All of them unless given. */
  stories?: readonly Story[];
}

export interface Language {
  language: string;
  /** Its blocks are run in its folder. The last command ends in ` manage`, and those before it build. */
  readme: string;
  /** Commands that succeed if what the build needs is installed, by what that is. */
  tools: Readonly<Record<string, string>>;
  /** What else is missing and how to get it. */
  missing?: string | null;
  environment?: Readonly<Record<string, string>>;
  /** Commands that must succeed after those of the README. */
  checks?: readonly string[];
  programs: readonly Program[];
}

const NO_SERVERS = new Map<string, number>();

/** Management secrets, client secrets, session tokens and JWTs. */
const CREDENTIAL = /cmk_|csk_|cst_|eyJ[\w-]{10,}\./;

/**
 * Builds and runs the programs of a language by the commands of its README, against a running server. Titles of these
 * tests are what times-reporter.mjs prints.
 */
export async function describeLanguage(language: Language): Promise<void> {
  const { readme, environment = {}, checks = [], programs } = language;
  const commands = blocksOf(readme, "sh").flatMap(({ code }) => code.trim().split("\n"));
  const manage = commands.pop() ?? "";
  describeUnlessMissing(await findMissing(language), language.language, () => {
    const home = mkdtempSync(path.join(tmpdir(), "countersign-typed-client-"));
    const shell = new Shell(home, path.resolve(path.dirname(readme)));
    let started: Promise<StoryServer> | undefined;
    /** Its tokens live for minutes, and a cold build takes longer: it starts after the build. */
    const storyServer = () => {
      started ??= startStoryServer();
      return started;
    };

    afterAll(async () => {
      rmSync(home, { recursive: true });
      await (await started)?.stop();
    });

    const execute = async (code: string, variables: Readonly<Record<string, string>> = {}) => {
      const run = await shell.run(
        code,
        { ...environment, ...variables },
        NO_SERVERS,
        BUILD_TIMEOUT_MS,
      );
      const output = run.output + run.errors;
      if (run.code !== 0) throw new Error(`${code} failed: ${output}`);
      return output;
    };

    test("build", () => execute([...commands, ...checks].join("\n")), BUILD_TIMEOUT_MS);

    describe.each(programs)("$title", ({ command = (ofReadme) => ofReadme, stories = ALL }) => {
      test.each(stories)("%s", async (name) => {
        const story = await storyServer();
        story.proxy.requests.length = 0;
        const tokenRequests = story.tokenRequests();
        expect(manage).toMatch(/ manage$/);
        const line = command(manage).replace(/manage$/, name);
        const output = await execute(line, story.environment);
        expect(output).not.toMatch(CREDENTIAL);
        await STORIES[name](stepsOf(output), story);
        expect(story.tokenRequests() - tokenRequests).toBe(name === "call" ? 1 : 0);
        for (const { url, body } of story.proxy.requests) {
          // Logs keep URLs and the text of operations, and caches of clients keep it too.
          expect(url + JSON.parse(body).query).not.toMatch(CREDENTIAL);
        }
      });

      if (!stories.includes("manage")) return;
      test("manage without a profile, as a new reader runs it", async () => {
        const { environment } = await storyServer();
        const unset = "unset PROFILE_ID TRUSTED_AUTH_TOKEN";
        const output = await execute(`${unset}\n${command(manage)}`, environment);
        const names = stepsOf(output).map(({ step }) => step);
        expect(names).not.toContain("attest");
        expect(names.at(-1)).toBe("clear");
      });
    });
  });
}

function stepsOf(output: string): Step[] {
  return output
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Step);
}

async function findMissing({ tools, missing = null, readme }: Language): Promise<string | null> {
  for (const [tool, command] of Object.entries(tools)) {
    const { code } = await run(["sh", "-c", command], path.dirname(readme));
    if (code !== 0) return `${tool} is not installed`;
  }
  return missing;
}
