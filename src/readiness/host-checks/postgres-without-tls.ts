import { finding, type HostCheck, isLocal } from "../host-check.js";

const VERIFIED = ["verify-ca", "verify-full"];

export const postgresWithoutTls: HostCheck = {
  id: "postgres-without-tls",
  level: "WARNING",
  what: "Nothing protects the connection to PostgreSQL",
  why: "Whoever can change packets on the way reads the password and every row.",
  whatToDo: "Add sslmode=verify-full and sslrootcert to DATABASE_URL.",
  docs: "operations/postgresql.md#tls-to-the-database",
  find: ({ config: { databaseUrl } }) => {
    if (databaseUrl === undefined || !URL.canParse(databaseUrl)) return [];
    const { hostname, searchParams } = new URL(databaseUrl);
    const host = searchParams.get("host") ?? decodeURIComponent(hostname);
    // Sockets, and names of the own machine, of Docker's network or of the own namespace.
    const isNear = isLocal(host) || !/[.:]/.test(host) || host.startsWith("/");
    const isVerified =
      VERIFIED.includes(searchParams.get("sslmode") ?? "") ||
      searchParams.get("ssl") === "true" ||
      searchParams.has("sslrootcert");
    return isNear || isVerified
      ? []
      : [finding("DATABASE_URL", "leads over a network without a TLS mode that verifies")];
  },
};
