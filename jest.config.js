/**
 * Where the database has no part in what is tested, SQLite alone runs it. Statements, transactions,
 * uniqueness, searches, locks and counters are tested on both.
 */
export const WITHOUT_DATABASE = [
  // pure modules, and the source tree
  "test/unit/",
  "test/architecture/",
  "test/docs/",
  "test/schema/",
  // answers of each route, whose shapes no database has a part in
  "test/openapi/",
  // programs that know nothing of the server but HTTP
  "test/interop/(?!rotation)",
  "test/clients/(?:genql|other-languages|mcp-example|mcp-sdks|token-verifiers|resource-servers-guide|schema-rules)\\.test\\.ts$",
  // variables, files and domains
  "test/readiness/host-faults\\.test\\.ts$",
  "test/probes/",
  // nginx and Caddy, which know nothing of the server but HTTP
  "test/gateways/",
  // commands that start a server of their own
  "test/examples/",
  // what is packed and how it is started
  "test/packages/",
  // arguments, files and an issuer in memory
  "test/cli/(?:program|mock)\\.test\\.ts$",
  // processes: signals, outputs, the version of Node.js
  "test/processes/(?:draining|explorer-build|first-start|log-reader|node-version|npm-start)\\.test\\.ts$",
  // what HTTP and GraphQL refuse before a service is called
  "test/graphql/(?:errors|limits)\\.test\\.ts$",
  "test/security/greatest-requests\\.test\\.ts$",
  // shapes and sentences of OAuth's answers
  "test/oauth/(?:metadata|token-errors)\\.test\\.ts$",
  // JOSE: forms of tokens, algorithms, key sets of other issuers
  "test/trusted-auth/(?:key-sets|other-issuers|malformed-tokens)\\.test\\.ts$",
  "test/trusted-auth/presets/(?!parameters)",
  // templates of claims
  "test/sessions/session-claims-template\\.test\\.ts$",
  "test/tokens/claims-preview\\.test\\.ts$",
  // what an application installs
  "test/sdk/",
].map((path) => `<rootDir>/${path}`);

/** Tests that need a pooler in front of PostgreSQL: see jest.pgbouncer.config.js. */
export const PGBOUNCER = "\\.pgbouncer\\.test\\.ts$";

/** Compilers of other languages, for which a run of its own waits: see jest.clients.config.js. */
export const TYPED_CLIENTS = "<rootDir>/test/typed-clients/";

/** @type {import("jest").Config} */
export default {
  testEnvironment: "node",
  roots: ["<rootDir>/test"],
  extensionsToTreatAsEsm: [".ts"],
  // decorator settings live in .swcrc
  transform: { "^.+\\.ts$": "@swc/jest" },
  moduleNameMapper: { "^(\\.{1,2}/.*)\\.js$": "$1" },
  // what only PostgreSQL can do: several processes on one database
  testPathIgnorePatterns: ["\\.postgres\\.test\\.ts$", PGBOUNCER, TYPED_CLIENTS],
  globalSetup: "<rootDir>/test/support/sqlite-setup.mjs",
  globalTeardown: "<rootDir>/test/support/remove-template.mjs",
  setupFilesAfterEnv: ["<rootDir>/test/support/properties.ts"],
  // Tests wait for conditions, and a busy machine takes long to meet them.
  testTimeout: 120_000,
  // one less than the cores is the default: on two cores that is one worker
  maxWorkers: "100%",
  // Modules of a test file stay in memory for as long as its worker lives (jest #11956): 4 GB after 120 files.
  workerIdleMemoryLimit: "1.5GB",
  coverageProvider: "v8",
  collectCoverageFrom: ["src/**/*.ts", "!src/database/migrations/**", "!src/main.ts"],
};
