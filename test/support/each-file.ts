import fc from "fast-check";
import { startWithFirstKeyPair } from "./key-pairs.js";
import { runs } from "./property-runs.js";

// Vitest runs this before each test file, with the modules of the file before.
startWithFirstKeyPair();
// A property that fails prints its seed and the path to its smallest counterexample.
fc.configureGlobal({ seed: Number(process.env["PROPERTY_SEED"]), numRuns: runs(1_000) });
