import base, { PGBOUNCER, TYPED_CLIENTS, WITHOUT_DATABASE } from "./jest.config.js";

/** @type {import("jest").Config} */
export default {
  ...base,
  // PostgreSQL has a disk of its own
  testPathIgnorePatterns: ["\\.sqlite\\.test\\.ts$", PGBOUNCER, TYPED_CLIENTS, ...WITHOUT_DATABASE],
  globalSetup: "<rootDir>/test/support/postgres-setup.mjs",
};
