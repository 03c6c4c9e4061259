import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { createMember, createOrganization } from "../organizations/organization-operations.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { waitUntil } from "../support/wait-until.js";
import { attestFailure, createProfile } from "./attestation-operations.js";
import { type ForeignIssuer, foreignIssuer } from "./foreign-issuer.js";

let server: TestServer;
let issuer: ForeignIssuer;

beforeAll(async () => {
  server = await startTestServer();
  issuer = await foreignIssuer(server.clock);
});

afterAll(async () => {
  await server.stop();
});

test.each([
  ["organizations", "ORGANIZATION_NOT_FOUND"],
  ["members", "MEMBER_NOT_FOUND"],
])("no session starts beside a deactivation in %s", async (table, code) => {
  const { unitOfWork } = server.services;
  const { organizationId } = await createOrganization(server.operator);
  await createMember(server.operator, organizationId);
  const keys = { publicKeys: [{ pem: issuer.pem }] };
  const profileId = await createProfile(server.operator, { keys, organizationId });
  const token = await issuer.token();
  const changed = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  const deactivation = unitOfWork.write(async (manager) => {
    const sql = `UPDATE ${table} SET status = 'INACTIVE' WHERE organization_id = $1`;
    await manager.query(sql, [organizationId]);
    changed.resolve();
    await release.promise;
  });
  await changed.promise;
  const failure = attestFailure(server.operator, { profileId, token });
  try {
    await waitUntil(async () => {
      const waiting = await unitOfWork.read.query(
        "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
      );
      return waiting.length > 0;
    });
  } finally {
    release.resolve();
  }
  await deactivation;
  expect((await failure).code).toBe(code);
});
