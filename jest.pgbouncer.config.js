import base from "./jest.config.js";
import { missingPgBouncer } from "./test/support/pgbouncer.mjs";

/** What is most sensitive to connections that change between two statements or transactions. */
const THROUGH_A_POOLER = [
  "test/**/*.pgbouncer.test.ts",
  "test/tokens/{issue-token,throttling}.test.ts",
  "test/oauth/token.test.ts",
  "test/clients/{secret-rotation,concurrency}.test.ts",
  "test/trusted-auth/attest-session.test.ts",
  "test/sessions/authenticate-session.test.ts",
];

/** @type {import("jest").Config} */
export default {
  ...base,
  testMatch: (missingPgBouncer ? ["test/**/*.pgbouncer.test.ts"] : THROUGH_A_POOLER).map(
    (path) => `<rootDir>/${path}`,
  ),
  testPathIgnorePatterns: [],
  globalSetup: "<rootDir>/test/support/pgbouncer-setup.mjs",
};
