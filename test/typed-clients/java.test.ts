import { describeLanguage } from "./describe-language.js";

await describeLanguage({
  language: "Java",
  folder: "examples/typed-clients/java",
  tools: [
    ["mvn", "--version"],
    ["javac", "--version"],
  ],
  // `mvn --quiet compile`
  build: [["mvn", "--quiet", "--batch-mode", "compile"]],
  // `java --class-path 'target/classes:target/jars/*' example.Main manage`, and so on
  programs: [
    {
      title: "DGS codegen",
      command: ["java", "--class-path", "target/classes:target/jars/*", "example.Main"],
    },
  ],
});
