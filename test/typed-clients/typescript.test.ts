import { existsSync } from "node:fs";
import { describeLanguage } from "./describe-language.js";

const FOLDER = "examples/typed-clients/typescript";

const program = (title: string) => ({
  title,
  command: ["node", `dist/${title}/main.js`],
});

await describeLanguage({
  language: "TypeScript",
  folder: FOLDER,
  tools: [["node", "--version"]],
  missing: existsSync(`${FOLDER}/node_modules`)
    ? null
    : `its packages are not installed: npm ci --prefix ${FOLDER}`,
  build: [["npm", "run", "--silent", "build"]],
  programs: [{ ...program("client-preset"), stories: ["manage", "errors"] }],
});
