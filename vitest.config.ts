import { randomInt } from "node:crypto";
import { transform } from "@swc/core";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

/**
 * Where the database has no part in what is tested, SQLite alone runs it. Statements, transactions,
 * uniqueness, searches, locks and counters are tested on both.
 */
const WITHOUT_DATABASE = [
  // pure modules, and the source tree
  "test/unit/**",
  "test/architecture/**",
  // programs that know nothing of the server but HTTP
  "test/interop/!(rotation).test.ts",
  // processes: signals, outputs, the version of Node.js
  "test/processes/{draining,log-reader,node-version}.test.ts",
  // what HTTP and GraphQL refuse before a service is called
  "test/graphql/{errors,limits}.test.ts",
  // shapes and sentences of OAuth's answers
  "test/oauth/{metadata,token-errors}.test.ts",
  // JOSE: forms of tokens, algorithms, key sets of other issuers
  "test/trusted-auth/{key-sets,other-issuers,token-forms}.test.ts",
  // templates of claims
  "test/sessions/session-claims-template.test.ts",
  "test/tokens/claims-preview.test.ts",
];

/** Several processes on one database. */
const ONLY_POSTGRES = ["test/**/*.postgres.test.ts"];

/** A disk of its own. */
const ONLY_SQLITE = ["test/**/*.sqlite.test.ts"];

// `PROPERTY_SEED=… npm test` repeats the properties of a run.
process.env["PROPERTY_SEED"] ??= String(randomInt(2 ** 31));

/** swc knows decorators, and with .swcrc tests run what `npm run build` makes. */
const swc: Plugin = {
  name: "swc",
  enforce: "pre",
  async transform(code, id) {
    if (!id.endsWith(".ts")) return;
    const { code: js, map = "" } = await transform(code, { filename: id, sourceMaps: true });
    return { code: js, map };
  },
};

export default defineConfig({
  plugins: [swc],
  oxc: false,
  // Packages are found as Node.js finds them: by their "module" field, graphql would be there twice.
  resolve: { extensions: [".js", ".ts"] },
  ssr: { resolve: { mainFields: [] } },
  test: {
    include: ["test/**/*.test.ts"],
    setupFiles: ["test/support/each-file.ts"],
    globalSetup: ["test/support/global-setup.ts"],
    // A process for each core runs file after file, and loads each module once.
    pool: "forks",
    maxWorkers: "100%",
    isolate: false,
    // Tests wait for conditions, and a busy machine takes long to meet them.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    projects: [
      {
        extends: true,
        test: {
          name: "sqlite",
          exclude: ONLY_POSTGRES,
          globalSetup: ["test/support/sqlite-setup.ts"],
        },
      },
      {
        extends: true,
        test: {
          name: "postgres",
          exclude: [...ONLY_SQLITE, ...WITHOUT_DATABASE],
          globalSetup: ["test/support/postgres-setup.ts"],
        },
      },
    ],
  },
});
