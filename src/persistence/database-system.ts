import type { DataSource } from "typeorm";

/** The value of `db.system.name` in OpenTelemetry's conventions for databases. */
export const databaseSystem = ({ options }: DataSource) =>
  options.type === "postgres" ? "postgresql" : "sqlite";
