import { describeLanguage } from "./describe-language.js";

await describeLanguage({
  language: "Java",
  folder: "examples/typed-clients/java",
  tools: [
    ["mvn", "--version"],
    ["javac", "--version"],
  ],
  build: ["mvn --quiet compile".split(" ")],
  // `java --class-path 'target/classes:target/jars/*' example.Main manage`, and so on
  programs: [
    {
      title: "DGS codegen",
      command: ["java", "--class-path", "target/classes:target/jars/*", "example.Main"],
    },
  ],
});
