import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createDataSource } from "../../src/database/data-source.js";
import { ClientSecrets1796100000000 } from "../../src/database/migrations/1796100000000-client-secrets.js";
import { migrations } from "../../src/database/migrations/index.js";
import { secretOperations, secretsOf } from "../clients/secret-operations.js";
import { freshDatabase, type TestDatabase } from "../support/database.js";
import { createClient, getClient, importClient, issueToken } from "../support/operations.js";
import { startTestServer, type TestServer } from "../support/test-server.js";

const SECRET = "kT5-wQ8zX1cV4bN7mL0pJ3hG6fD9sA2";

describe("a database whose clients have their secrets in columns", () => {
  let database: TestDatabase;
  let server: TestServer;

  beforeAll(async () => {
    database = await freshDatabase();
    server = await startTestServer({ database: database.location });
  });

  afterAll(async () => {
    await server.stop();
    await database.drop();
  });

  const { start, rotate, complete, expectWorks, expectRefused } = secretOperations(() => server);

  /** Makes the database one of the version before. */
  const revert = async () => {
    const dataSource = await createDataSource(database.location).initialize();
    try {
      // A column that SQLite drops replaces the table, whose references would cascade.
      if ("file" in database.location) await dataSource.query("PRAGMA foreign_keys = OFF");
      const later = migrations.length - migrations.indexOf(ClientSecrets1796100000000);
      for (let count = 0; count < later; count++) await dataSource.undoLastMigration();
      const [client] = await dataSource.query("SELECT * FROM clients LIMIT 1");
      expect(Object.keys(client)).toEqual(expect.arrayContaining(["secret_hash"]));
    } finally {
      await dataSource.destroy();
    }
  };

  test("keeps working secrets after an upgrade", async () => {
    const plain = await createClient(server.operator);
    await issueToken(server.anonymous, plain);
    const lastUsedAt = server.clock.now().toISOString();
    const staged = await createClient(server.operator);
    const { nextClientSecret } = await start({ clientId: staged.clientId });
    const legacy = await importClient(server.operator, { clientId: "old", clientSecret: SECRET });
    const overlapping = await createClient(server.operator);
    const rotated = await rotate({ clientId: overlapping.clientId });
    const withKeys = await createClient(server.operator, {
      tokenEndpointAuthMethod: "PRIVATE_KEY_JWT",
      keys: { jwksUrl: "https://keys.example.com/jwks" },
    });
    await server.services.authenticator.lastUsed.flush();
    await server.services.authenticator.secretLastUsed.flush();
    await revert();
    await server.restart();

    await expectWorks(plain);
    await expectWorks(staged);
    await expectWorks({ clientId: staged.clientId, clientSecret: nextClientSecret });
    await expectWorks({ clientId: "old", clientSecret: SECRET });
    await expectWorks({ clientId: overlapping.clientId, clientSecret: rotated.clientSecret });
    // A previous secret is none of the former version's.
    await expectRefused(overlapping);
    expect((await getClient(server.operator, withKeys.clientId))?.secrets).toEqual([]);
    expect((await getClient(server.operator, legacy.clientId))?.secrets).toEqual(legacy.secrets);
    expect((await getClient(server.operator, plain.clientId))?.secrets).toEqual([
      { ...plain.secrets[0], lastUsedAt },
    ]);
    const { client } = await complete(staged.clientId);
    expect(secretsOf(client)).toEqual([`CURRENT ${nextClientSecret.slice(-4)}`]);
    await expectRefused(staged);
  });
});
