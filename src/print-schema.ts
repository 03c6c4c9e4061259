import { buildSchema, printSortedSchema } from "./schema.js";

process.stdout.write(printSortedSchema(buildSchema()));
