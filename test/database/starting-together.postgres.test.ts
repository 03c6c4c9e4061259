import { randomBytes } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import { startApplication } from "../../src/application.js";
import { freshDatabase } from "../support/database.js";
import { FrozenClock } from "../support/frozen-clock.js";
import { PUBLIC_URL } from "../support/test-server.js";

describe("ten servers that start at the same time on an empty database", () => {
  test.each([
    [
      "with the same settings",
      { id: "shared-project", secret: "one secret for all of the servers" },
    ],
    ["with no settings at all", { id: undefined, secret: undefined }],
  ])("%s create one project, which all of them serve", async (_what, { id, secret }) => {
    const database = await freshDatabase();
    const masterKeys = [new Uint8Array(randomBytes(32))] as [Uint8Array];
    const servers = await Promise.all(
      Array.from({ length: 10 }, () =>
        startApplication({
          host: "127.0.0.1",
          port: 0,
          publicUrl: PUBLIC_URL,
          database: database.location,
          masterKeys,
          clock: new FrozenClock(),
          allowInsecureJwks: false,
          explorer: "off",
          explorerFolder: "",
          allowsHostedSandbox: false,
          logLevel: "silent",
          trustedProxies: [],
          bootstrapProjectId: id,
          bootstrapProjectSecret: secret,

          bootstrapProjectEnvironment: undefined,
        }),
      ),
    );
    try {
      expect(servers.filter(({ firstProject }) => firstProject !== null).length).toBe(1);
      const seen = await Promise.all(
        servers.map(({ services }) => services.projectStore.findDefault()),
      );
      expect(new Set(seen.map((project) => project?.projectId)).size).toBe(1);
      const { dataSource } = (servers[0] as (typeof servers)[0]).services.unitOfWork.read;
      const [{ count }] = await dataSource.query("SELECT count(*)::int AS count FROM projects");
      expect(count).toBe(1);
    } finally {
      for (const server of servers) await server.close();
      await database.drop();
    }
  });
});
