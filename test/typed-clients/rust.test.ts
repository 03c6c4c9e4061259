import { CACHE } from "../support/programs.js";
import { describeLanguage } from "./describe-language.js";

await describeLanguage({
  language: "Rust",
  readme: "examples/typed-clients/rust/README.md",
  tools: { cargo: "cargo --version" },
  // Its dependencies are compiled once with those of test/clients/rust.
  environment: { CARGO_TARGET_DIR: `${CACHE}/rust` },
  checks: ["cargo build --quiet --locked"],
  programs: [{ title: "graphql_client" }],
});
