import { copyFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { describeUnlessMissing } from "../support/left-out.js";
import { runProgram } from "../support/run-program.js";
import { missingPackages, TYPESCRIPT_FOLDER } from "./typescript-folder.js";

describeUnlessMissing(missingPackages, "The rules of graphql-eslint", () => {
  test("find nothing in the schema", async () => {
    // ESLint ignores files outside of its folder.
    copyFileSync("schema.graphql", `${TYPESCRIPT_FOLDER}/schema.graphql`);
    const arguments_ = ["--format", "json", "schema.graphql"];
    const output = await runProgram("node_modules/.bin/eslint", arguments_, {}, TYPESCRIPT_FOLDER)
      // ESLint exits with 1 if it finds something.
      .catch((error: { stdout: string }) => error.stdout);
    const [{ messages }] = JSON.parse(output) as [
      { messages: { line: number; message: string }[] },
    ];
    expect(messages.map(({ line, message }) => `${line}: ${message}`)).toEqual([]);
  });
});
