import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { Client } from "pg";
import { postgresConnection, postgresUrlProblem } from "../../../src/database/postgres-url.js";

describe("a PostgreSQL URL", () => {
  test("reaches pg with every user and password that is percent-encoded", () => {
    const text = fc.string({ minLength: 1, unit: "grapheme" });
    fc.assert(
      fc.property(text, text, (user, password) => {
        const credentials = `${encodeURIComponent(user)}:${encodeURIComponent(password)}`;
        const url = `postgres://${credentials}@db:5433/x?sslmode=require&pgbouncer=true`;
        const client = new Client(postgresConnection(url));
        expect([client.user, client.password, client.host, client.port, client.database]).toEqual([
          user,
          password,
          "db",
          5433,
          "x",
        ]);
        expect(client.ssl).toEqual({ rejectUnauthorized: false });
      }),
    );
  });

  test("never throws what it contains", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (password, rest) => {
        const secret = `marker${password}`;
        const problem = postgresUrlProblem(`postgres://user:${secret}@db/${rest}`);
        if (problem !== null) expect(problem).not.toContain("marker");
      }),
    );
  });

  test("keeps libpq's parameters that pg sends to the server, and no others", () => {
    const url =
      "postgres:///x?host=/run/postgresql&options=-c%20geqo%3Doff&connection_limit=1&ssl=0";
    const { connectionString, ssl } = postgresConnection(url);
    expect([...new URL(connectionString).searchParams.keys()]).toEqual(["host", "options"]);
    expect(ssl).toBe(false);
  });
});
