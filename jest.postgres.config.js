import base from "./jest.config.js";

/** @type {import("jest").Config} */
export default {
  ...base,
  // pure modules and the source tree are the same on both databases, and PostgreSQL has a disk of its own
  testPathIgnorePatterns: [
    "<rootDir>/test/unit/",
    "<rootDir>/test/architecture/",
    "\\.sqlite\\.test\\.ts$",
  ],
  globalSetup: "<rootDir>/test/support/postgres-setup.mjs",
  globalTeardown: "<rootDir>/test/support/postgres-teardown.mjs",
};
