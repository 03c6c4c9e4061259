import { describeLanguage, type Story } from "./describe-language.js";
import { missingPackages, TYPESCRIPT_FOLDER } from "./typescript-folder.js";

const program = (title: string, stories: readonly Story[] = ["manage", "errors"]) => ({
  title,
  command: ["node", `dist/${title}/main.js`],
  stories,
});

await describeLanguage({
  language: "TypeScript",
  folder: TYPESCRIPT_FOLDER,
  tools: [["node", "--version"]],
  missing: missingPackages,
  // `npm run build` and `node dist/apollo/main.js manage`, and so on
  build: [["npm", "run", "--silent", "build"]],
  programs: [
    program("client-preset"),
    program("gql-tada"),
    program("apollo"),
    program("urql"),
    program("call", ["call"]),
  ],
});
