import { CACHE } from "../support/programs.js";
import { describeLanguage } from "./describe-language.js";

const PROGRAM = `${CACHE}/go/typed-client`;

await describeLanguage({
  language: "Go",
  folder: "examples/typed-clients/go",
  tools: [["go", "version"]],
  build: [
    ["go", "generate", "./..."],
    ["go", "vet", "./..."],
    ["go", "build", "-o", PROGRAM, "."],
  ],
  programs: [{ title: "genqlient", command: [PROGRAM] }],
});
