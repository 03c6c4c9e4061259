import { describeLanguage, type Story } from "./describe-language.js";
import { missingPackages, TYPESCRIPT_FOLDER } from "./typescript-folder.js";

/** `node dist/apollo/main.js manage`, for one */
const program = (title: string, stories: readonly Story[] = ["manage", "errors"]) => ({
  title,
  command: `node dist/${title}/main.js`.split(" "),
  stories,
});

await describeLanguage({
  language: "TypeScript",
  folder: TYPESCRIPT_FOLDER,
  tools: [["node", "--version"]],
  missing: missingPackages,
  build: ["npm run build".split(" ")],
  programs: [
    program("client-preset"),
    program("gql-tada"),
    program("apollo"),
    program("urql"),
    program("call", ["call"]),
  ],
});
