/** @type {import("jest").Config} */
export default {
  testEnvironment: "node",
  roots: ["<rootDir>/test"],
  extensionsToTreatAsEsm: [".ts"],
  // decorator settings live in .swcrc
  transform: { "^.+\\.ts$": "@swc/jest" },
  moduleNameMapper: { "^(\\.{1,2}/.*)\\.js$": "$1" },
  // what only PostgreSQL can do: several processes on one database
  testPathIgnorePatterns: ["\\.postgres\\.test\\.ts$"],
  testTimeout: 30_000,
  // one less than the cores is the default: on two cores that is one worker
  maxWorkers: "100%",
  coverageProvider: "v8",
  collectCoverageFrom: ["src/**/*.ts", "!src/database/migrations/**", "!src/main.ts"],
};
