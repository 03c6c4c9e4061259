import { afterAll, describe, expect, test } from "@jest/globals";
import { describeUnlessMissing } from "../support/left-out.js";
import { type Command, run } from "../support/programs.js";
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

export interface Program {
  /** Its generator, or what the program shows otherwise. */
  title: string;
  /** `manage`, `errors` or `call` follows. */
  command: Command;
  /** All of them unless given. */
  stories?: readonly Story[];
}

export interface Language {
  language: string;
  /** Where the commands run. */
  folder: string;
  /** What prints a version if it is installed; the build needs all of them. */
  tools: readonly Command[];
  /** What else is missing and how to get it. */
  missing?: string | null;
  /** What a reader runs to generate and compile. */
  build: readonly Command[];
  programs: readonly Program[];
}

/** Management secrets, client secrets, session tokens and JWTs. */
const CREDENTIAL = /cmk_|csk_|cst_|eyJ[\w-]{10,}\./;

/**
 * Builds the programs of a language as its README says, and runs them against a running server. Titles of these
 * tests are what times-reporter.mjs prints.
 */
export async function describeLanguage(language: Language): Promise<void> {
  const { folder, build, programs } = language;
  describeUnlessMissing(await findMissing(language), language.language, () => {
    let started: Promise<StoryServer> | undefined;
    /** Its tokens live for minutes, and a cold build takes longer: it starts after the build. */
    const storyServer = () => {
      started ??= startStoryServer();
      return started;
    };

    afterAll(async () => {
      await (await started)?.stop();
    });

    test(
      "build",
      async () => {
        for (const command of build) {
          const { code, output } = await run(command, folder);
          if (code !== 0) throw new Error(`${command.join(" ")} failed: ${output}`);
        }
      },
      BUILD_TIMEOUT_MS,
    );

    describe.each(programs)("$title", ({ command, stories = ["manage", "errors", "call"] }) => {
      test.each(stories)("%s", async (name) => {
        const story = await storyServer();
        story.proxy.requests.length = 0;
        const tokenRequests = story.tokenRequests();
        const { code, output } = await run([...command, name], folder, "", story.environment);
        if (code !== 0) throw new Error(output);
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
        const { PROFILE_ID, TRUSTED_AUTH_TOKEN, ...environment } = (await storyServer())
          .environment;
        const { code, output } = await run([...command, "manage"], folder, "", environment);
        if (code !== 0) throw new Error(output);
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

async function findMissing({ tools, missing = null, folder }: Language): Promise<string | null> {
  for (const tool of tools) {
    if ((await run(tool, folder)).code !== 0) return `${tool[0]} is not installed`;
  }
  return missing;
}
