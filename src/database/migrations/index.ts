import { InitialSchema1796000000000 } from "./1796000000000-initial-schema.js";

/** All migrations, in the order in which they run. */
export const migrations = [InitialSchema1796000000000];
