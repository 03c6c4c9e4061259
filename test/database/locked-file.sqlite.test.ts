import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import SqliteDatabase from "better-sqlite3";
import { migratedDatabase, type TestDatabase } from "../support/database.js";
import {
  CREATE_CLIENT,
  type Credentials,
  createClient,
  issueToken,
} from "../support/operations.js";
import { startTestServer, type TestServer } from "../support/test-server.js";

describe.each(["IMMEDIATE", "EXCLUSIVE"])(
  "while another program has locked the SQLite file (%s)",
  (lock) => {
    let database: TestDatabase;
    let server: TestServer;
    let client: Credentials;
    let other: SqliteDatabase.Database;

    beforeEach(async () => {
      database = await migratedDatabase();
      server = await startTestServer({ database: database.location });
      client = await createClient(server.operator);
      other = new SqliteDatabase("file" in database.location ? database.location.file : "");
      other.exec(`BEGIN ${lock}`);
    });

    afterEach(async () => {
      other.close();
      await server.stop();
      await database.drop();
    });

    const create = () => server.operator.send(CREATE_CLIENT, { input: { scopes: [] } });
    const countClients = async () =>
      (await server.operator.request("{ clients { totalCount } }")).clients.totalCount as number;

    test("tokens are issued, and changes wait for the lock", async () => {
      let created = 0;
      const changes = [create(), create()].map((change) =>
        change.then(({ errors }) => {
          expect(errors).toEqual([]);
          created++;
        }),
      );
      for (let count = 0; count < 20; count++) await issueToken(server.anonymous, client);
      expect(created).toBe(0);
      expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
      other.exec("ROLLBACK");
      await Promise.all(changes);
      expect(await countClients()).toBe(3);
    });

    test("changes that have waited for five seconds are 503, all at once, and later ones succeed", async () => {
      const startedAt = performance.now();
      const answers = await Promise.all([create(), create(), create(), create()]);
      for (const { status, headers, errors } of answers) {
        expect([status, headers.get("retry-after")]).toEqual([503, "1"]);
        expect(errors[0]?.extensions.code).toBe("SERVICE_UNAVAILABLE");
      }
      // One after another they would wait for twenty seconds.
      expect(performance.now() - startedAt).toBeLessThan(15_000);
      other.exec("ROLLBACK");
      expect((await create()).status).toBe(200);
      expect(await countClients()).toBe(2);
    });
  },
);
