import { createConfig, formatProblems, lint } from "@redocly/openapi-core";

/** Lints an OpenAPI description by Redocly's recommended rules, and fails at a warning. */
const config = await createConfig({
  extends: ["recommended-strict"],
  rules: {
    // The examples are a server on the own machine, which is where people begin.
    "no-server-example.com": "off",
    // Nobody signs in at the authorization endpoint, and the server's own address redirects.
    "operation-2xx-response": "off",
    "operation-operationId-unique": "error",
    "tag-description": "error",
  },
});
const problems = await lint({ ref: process.argv[2], config });
formatProblems(problems, { format: "stylish", totals: { errors: problems.length, warnings: 0 } });
process.exitCode = problems.length > 0 ? 1 : 0;
