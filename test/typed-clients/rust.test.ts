import { CACHE } from "../support/programs.js";
import { describeLanguage } from "./describe-language.js";

// Its dependencies are compiled once with those of test/clients/rust.
const TARGET = `${CACHE}/rust`;

await describeLanguage({
  language: "Rust",
  folder: "examples/typed-clients/rust",
  tools: [["cargo", "--version"]],
  // what `cargo run --quiet -- manage` does
  build: [["cargo", "build", "--quiet", "--locked", "--target-dir", TARGET]],
  // `cargo run --quiet -- manage`, and so on
  programs: [{ title: "graphql_client", command: [`${TARGET}/debug/countersign-typed-client`] }],
});
