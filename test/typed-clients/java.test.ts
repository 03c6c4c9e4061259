import { describeLanguage } from "./describe-language.js";

await describeLanguage({
  language: "Java",
  readme: "examples/typed-clients/java/README.md",
  tools: { mvn: "mvn --version", javac: "javac --version" },
  programs: [{ title: "DGS codegen" }],
});
