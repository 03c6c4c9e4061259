import fc from "fast-check";
import { runs } from "./property-runs.js";

// A failing property prints its seed and the path to its smallest counterexample.
fc.configureGlobal({ seed: Number(process.env["PROPERTY_SEED"]), numRuns: runs(1_000) });
