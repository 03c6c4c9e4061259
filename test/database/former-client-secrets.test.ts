import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { ClientSecrets1796100000000 } from "../../src/database/migrations/1796100000000-client-secrets.js";
import { secretOperations, secretsOf } from "../clients/secret-operations.js";
import { freshDatabase, revertMigrations, type TestDatabase } from "../support/database.js";
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

  /** Makes the database one of the version before, and upgrades it again. */
  const revertAndUpgrade = async () => {
    await revertMigrations(database.location, ClientSecrets1796100000000);
    await server.restart();
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
    await revertAndUpgrade();

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

  test("loses secrets with an end rather than that they never end", async () => {
    const at = (seconds: number) =>
      new Date(server.clock.now().getTime() + seconds * 1000).toISOString();
    const create = (seconds: number) =>
      createClient(server.operator, { secretExpiresAt: at(seconds) });
    const ending = await create(3600);
    const ended = await create(1);
    const staged = await createClient(server.operator);
    const { nextClientSecret } = await start({
      clientId: staged.clientId,
      secretExpiresAt: at(3600),
    });
    await expectWorks(ending);
    await expectWorks({ clientId: staged.clientId, clientSecret: nextClientSecret });
    server.clock.advance(2);
    await revertAndUpgrade();

    await expectRefused(ending);
    await expectRefused(ended);
    await expectRefused({ clientId: staged.clientId, clientSecret: nextClientSecret });
    await expectWorks(staged);
    const { clientId } = ending;
    expect((await getClient(server.operator, clientId))?.secrets).toEqual([]);
    const { clientSecret } = await rotate({ clientId });
    await expectWorks({ clientId, clientSecret });
  });
});
