import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { QueryRunner } from "typeorm";
import { AttributeMappingNames1796400000000 } from "../../src/database/migrations/1796400000000-attribute-mapping-names.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { createProfile, GET_PROFILE } from "../trusted-auth/attestation-operations.js";
import { foreignIssuer } from "../trusted-auth/foreign-issuer.js";

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(async () => {
  await server.stop();
});

test("the migration of attribute names carries the mappings of profiles over, and back", async () => {
  const { unitOfWork } = server.services;
  const { pem } = await foreignIssuer(server.clock);
  const attributeMapping = { email: "user.email", tokenId: "jti", organizationId: "token_id" };
  const keys = { publicKeys: [{ pem }] };
  const profileId = await createProfile(server.operator, { keys, attributeMapping });
  const stored = async () => {
    const rows = await unitOfWork.read.query("SELECT attribute_mapping FROM trusted_auth_profiles");
    return rows.map((row: { attribute_mapping: string }) => JSON.parse(row.attribute_mapping));
  };
  const migration = new AttributeMappingNames1796400000000();
  const run = (direction: "up" | "down") =>
    unitOfWork.write((manager) => migration[direction](manager.queryRunner as QueryRunner));

  await run("down");
  expect(await stored()).toEqual([
    { email: "user.email", token_id: "jti", organization_id: "token_id" },
  ]);
  await run("up");
  expect(await stored()).toEqual([attributeMapping]);
  const { profile } = await server.operator.request(GET_PROFILE, { profileId });
  expect(profile.attributeMapping).toMatchObject(attributeMapping);
});
