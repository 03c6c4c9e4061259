import { randomBytes } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { type Application, startApplication } from "../../src/application.js";
import { freshDatabase, type TestDatabase } from "../support/database.js";
import { FrozenClock } from "../support/frozen-clock.js";
import { PUBLIC_URL } from "../support/test-server.js";

describe("a server that restarts on its database", () => {
  let database: TestDatabase;

  beforeEach(async () => {
    database = await freshDatabase();
  });

  afterEach(async () => {
    await database.drop();
  });

  const start = (masterKey: Uint8Array): Promise<Application> =>
    startApplication({
      host: "127.0.0.1",
      port: 0,
      publicUrl: PUBLIC_URL,
      database: database.location,
      masterKeys: [masterKey],
      clock: new FrozenClock(),
      allowInsecureJwks: false,
      explorer: "off",
      explorerFolder: "",
      allowsHostedSandbox: false,
      logLevel: "silent",
      trustedProxies: [],
      bootstrapProjectId: undefined,
      bootstrapProjectSecret: undefined,
      bootstrapProjectEnvironment: undefined,
    });

  test("does not start without the master key of its signing keys", async () => {
    const masterKey = new Uint8Array(randomBytes(32));
    await (await start(masterKey)).close();
    await expect(start(new Uint8Array(32))).rejects.toThrow("sealed with another master key");
    await (await start(masterKey)).close();
  });

  test("does not share an SQLite file with another process", async () => {
    const masterKey = new Uint8Array(randomBytes(32));
    const first = await start(masterKey);
    const second = start(masterKey);
    if ("file" in database.location) {
      await expect(second).rejects.toThrow("DATA_DIR: another process has the SQLite database");
    } else await (await second).close();
    await first.close();
  });
});
