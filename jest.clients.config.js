import base, { TYPED_CLIENTS } from "./jest.config.js";

/** The programs of examples/typed-clients, one test file a language. */
/** @type {import("jest").Config} */
export default {
  ...base,
  testMatch: [`${TYPED_CLIENTS}*.test.ts`],
  testPathIgnorePatterns: [],
  reporters: ["default", "<rootDir>/test/typed-clients/times-reporter.mjs"],
};
