import { CACHE } from "../support/programs.js";
import { describeLanguage } from "./describe-language.js";

const PROGRAM = `${CACHE}/go/typed-client`;

await describeLanguage({
  language: "Go",
  folder: "examples/typed-clients/go",
  tools: [["go", "version"]],
  // what `go run . manage` does after `go generate ./...`
  build: ["go generate ./...", "go vet ./...", `go build -o ${PROGRAM} .`].map((command) =>
    command.split(" "),
  ),
  programs: [{ title: "genqlient", command: [PROGRAM] }],
});
