import { describeLanguage, type Story } from "./describe-language.js";
import { missingPackages } from "./typescript-folder.js";

const program = (title: string, stories: readonly Story[] = ["manage", "errors"]) => ({
  title,
  command: (ofReadme: string) => ofReadme.replace("apollo", title),
  stories,
});

await describeLanguage({
  language: "TypeScript",
  readme: "examples/typed-clients/typescript/README.md",
  tools: { node: "node --version" },
  missing: missingPackages,
  programs: [
    program("client-preset"),
    program("gql-tada"),
    program("apollo"),
    program("urql"),
    program("call", ["call"]),
  ],
});
