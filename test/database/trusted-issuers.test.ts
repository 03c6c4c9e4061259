import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { TrustedIssuers1797600000000 } from "../../src/database/migrations/1797600000000-trusted-issuers.js";
import {
  GITHUB,
  githubProfile,
  githubToken,
  requestToken,
  tokenExchange,
} from "../oauth/token-exchange-operations.js";
import { freshDatabase, revertMigrations, type TestDatabase } from "../support/database.js";
import { createClient } from "../support/operations.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { createProfile, GET_PROFILE } from "../trusted-auth/attestation-operations.js";
import { foreignIssuer } from "../trusted-auth/foreign-issuer.js";

describe("a database whose profiles have one issuer each", () => {
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

  test("keeps accepting the tokens of workloads, and no others", async () => {
    const { clock } = server;
    const issuer = await foreignIssuer(clock);
    const { clientId } = await createClient(server.operator);
    const issuers = [GITHUB, "https://CI.example.com/Team/", "urn:ci"];
    const profileIds: string[] = [];
    for (const iss of issuers) {
      profileIds.push(await githubProfile(server.operator, issuer, clientId, { issuer: iss }));
    }
    const keys = { publicKeys: [{ pem: issuer.pem }] };
    await createProfile(server.operator, { keys, issuer: "https://members.example.com" });
    await revertMigrations(database.location, TrustedIssuers1797600000000);
    await server.restart();
    const statusOf = async (iss: string) =>
      (await requestToken(server, tokenExchange(await githubToken(issuer, { iss })))).status;
    for (const iss of issuers) expect(await statusOf(iss)).toBe(200);
    for (const iss of ["https://ci.example.com/Team/", "https://members.example.com"]) {
      expect(await statusOf(iss)).toBe(400);
    }
    for (const profileId of profileIds) {
      const { profile } = await server.operator.request(GET_PROFILE, { profileId });
      expect(profile).toMatchObject({ alternativeIssuers: [], audienceClaim: null });
    }
  });
});
