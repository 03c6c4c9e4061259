import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";

/** The programs that run against a server, by what the guide calls their language. */
const PROGRAMS: Readonly<Record<string, readonly string[]>> = {
  js: ["typescript/verifiers/jose.mjs", "typescript/verifiers/express-oauth2-jwt-bearer.mjs"],
  python: ["python/verify_tokens.py"],
  go: ["go/verify-tokens/main.go"],
  java: ["java/VerifyTokens.java"],
  rust: ["rust/src/bin/verify-tokens.rs"],
};

const withoutIndentation = (text: string) => text.replace(/^[ \t]+/gm, "");

const blocks = [
  ...readFileSync("docs/resource-servers.md", "utf8").matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm),
].map(([, language = "", code = ""]) => ({ language, code }));

test("the guide to resource servers has code for each language", () => {
  expect(new Set(blocks.map(({ language }) => language))).toEqual(new Set(Object.keys(PROGRAMS)));
});

test.each(blocks)("its code in $language is that of a tested program", ({ language, code }) => {
  const programs = (PROGRAMS[language] ?? []).map((file) =>
    withoutIndentation(readFileSync(`test/clients/${file}`, "utf8")),
  );
  expect(programs.filter((program) => program.includes(withoutIndentation(code)))).toHaveLength(1);
});
