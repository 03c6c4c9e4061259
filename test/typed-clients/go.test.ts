import { describeLanguage } from "./describe-language.js";

await describeLanguage({
  language: "Go",
  readme: "examples/typed-clients/go/README.md",
  tools: { go: "go version" },
  // `go run` compiles once, and keeps that in Go's cache.
  checks: ["go vet ./...", "go build -o /dev/null ."],
  programs: [{ title: "genqlient" }],
});
