import { existsSync } from "node:fs";
import { describeLanguage, type Story } from "./describe-language.js";

const FOLDER = "examples/typed-clients/typescript";

const program = (title: string, stories: readonly Story[] = ["manage", "errors"]) => ({
  title,
  command: ["node", `dist/${title}/main.js`],
  stories,
});

await describeLanguage({
  language: "TypeScript",
  folder: FOLDER,
  tools: [["node", "--version"]],
  missing: existsSync(`${FOLDER}/node_modules`)
    ? null
    : `its packages are not installed: npm ci --prefix ${FOLDER}`,
  build: [["npm", "run", "--silent", "build"]],
  programs: [
    program("client-preset"),
    program("gql-tada"),
    program("apollo"),
    program("urql"),
    program("call", ["call"]),
  ],
});
