import path from "node:path";
import { createMigrationDataSource } from "./src/database/data-source.js";

// For TypeORM's CLI (`npm run typeorm -- migration:show`): the database that the server would open.
export default createMigrationDataSource(
  process.env["DATABASE_URL"]
    ? { url: process.env["DATABASE_URL"] }
    : { file: path.join(process.env["DATA_DIR"] ?? "./data", "countersign.sqlite") },
);
