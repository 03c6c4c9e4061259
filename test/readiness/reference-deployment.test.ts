import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { readConfig } from "../../src/config.js";
import { ManagementKey } from "../../src/projects/management-key.entity.js";
import { Project } from "../../src/projects/project.entity.js";
import { CHECKS } from "../../src/readiness/checks.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import {
  createReferenceDeployment,
  type ReferenceDeployment,
  roomyDisk,
} from "./reference-deployment.js";

const FOUND = `query ($filter: ReadinessCheckFilter) { readinessChecks(filter: $filter) {
  checkId level findingCount dismissedCount
  findings(first: 5) { totalCount nodes { targetType targetId sentence dismissal { note } } }
  dismissedFindings(first: 5) { nodes { targetId dismissal { note } } }
} }`;
const DISMISS = `mutation ($input: DismissReadinessFindingInput!) {
  dismissReadinessFinding(input: $input) { dismissal { checkId targetId note dismissedAt } }
}`;
const RESTORE = `mutation ($input: RestoreReadinessFindingInput!) {
  restoreReadinessFinding(input: $input) { checkId targetId }
}`;
const DAY_SECONDS = 86_400;

describe("the reference deployment", () => {
  let server: TestServer;
  let deployment: ReferenceDeployment;
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), "countersign-reference-"));
    const env = {
      NODE_ENV: "production",
      PUBLIC_URL: "https://auth.example.com",
      TRUSTED_PROXIES: "127.0.0.1",
      DATA_DIR: folder,
      MASTER_KEY: randomBytes(32).toString("base64url"),
    };
    server = await startTestServer({
      surroundings: { config: readConfig(env), env, statfs: roomyDisk },
    });
    deployment = await createReferenceDeployment(server);
    await deployment.live();
  });

  afterAll(async () => {
    await server.stop();
    rmSync(folder, { recursive: true });
  });

  const found = async (filter: object = { hasFindings: true }) =>
    (await deployment.backend.request(FOUND, { filter })).readinessChecks;
  const idsOf = (checks: { checkId: string }[]) => checks.map(({ checkId }) => checkId);
  const removeSpareKey = () =>
    server.services.unitOfWork.write((manager) =>
      manager.delete(ManagementKey, { name: "Spare key in the safe" }),
    );

  test("has no finding in at least 70 checks, on its first day and 60 days later", async () => {
    expect(CHECKS.length).toBeGreaterThanOrEqual(70);
    expect(await found({})).toHaveLength(CHECKS.length);
    expect(await found()).toEqual([]);
    server.clock.advance(60 * DAY_SECONDS);
    await deployment.live();
    expect(await found()).toEqual([]);
  });

  test("has one without a backup for a week, and without a spare key", async () => {
    server.clock.advance(8 * DAY_SECONDS);
    expect(idsOf(await found({ checkId: "no-backup" }))).toEqual(["no-backup"]);
    expect((await found({ checkId: "no-backup" }))[0]).toMatchObject({ findingCount: 1 });
    await deployment.live();
    expect((await found({ checkId: "no-backup" }))[0]).toMatchObject({ findingCount: 0 });
    await removeSpareKey();
    expect((await found({ checkId: "spare-key-missing" }))[0]).toMatchObject({ findingCount: 1 });
  });

  test("forgets a finding that is dismissed, until it is restored", async () => {
    const input = { checkId: "spare-key-missing", targetId: server.projectId };
    const note = "The key is in the vault.";
    const [before] = await found({ checkId: input.checkId });
    expect(before).toMatchObject({ findingCount: 1, dismissedCount: 0 });
    await server.operator.request(DISMISS, { input: { ...input, note } });
    const [dismissed] = await found({ checkId: input.checkId });
    expect(dismissed).toMatchObject({
      findingCount: 0,
      findings: { totalCount: 0, nodes: [] },
      dismissedCount: 1,
      dismissedFindings: { nodes: [{ targetId: server.projectId, dismissal: { note } }] },
    });
    server.clock.advance(1);
    await server.operator.request(RESTORE, { input });
    expect(await found({ checkId: input.checkId })).toEqual([before]);
    const { auditEvents } = await server.operator.request(
      "{ auditEvents(first: 2) { nodes { action targetId } } }",
    );
    const targetId = `spare-key-missing:${server.projectId}`;
    expect(auditEvents.nodes).toEqual([
      { action: "READINESS_FINDING_RESTORE", targetId },
      { action: "READINESS_FINDING_DISMISS", targetId },
    ]);
    expect(
      await server.operator.failure(DISMISS, { input: { ...input, checkId: "x", note } }),
    ).toMatchObject({ extensions: { code: "BAD_USER_INPUT", path: ["input", "checkId"] } });
  });

  test("is not dismissed for a target that is too long for an index", async () => {
    // PostgreSQL compresses a text that repeats itself.
    const targetId = Array.from(randomBytes(513), (byte) =>
      String.fromCodePoint(0x4e00 + byte * 70),
    );
    const dismiss = (length: number) => ({
      input: { checkId: "no-backup", targetId: targetId.slice(0, length).join(""), note: "x" },
    });
    await server.operator.request(DISMISS, dismiss(512));
    expect(await server.operator.failure(DISMISS, dismiss(513))).toMatchObject({
      extensions: { code: "BAD_USER_INPUT", path: ["input", "targetId"] },
    });
  });

  test("shows findings of the server to keys of the first project alone", async () => {
    server.clock.advance(8 * DAY_SECONDS);
    const other = await server.otherProject();
    const [{ findings }] = await found({ checkId: "no-backup" });
    const { targetId } = findings.nodes[0];
    await other.operator.request(DISMISS, { input: { checkId: "no-backup", targetId, note: "x" } });
    expect(await found({ checkId: "no-backup" })).toMatchObject([{ findingCount: 1 }]);
    const data = await other.operator.request(FOUND, { filter: { checkId: "no-backup" } });
    expect(data.readinessChecks).toMatchObject([{ findingCount: 0 }]);
    const reader = await server.keyWith("settings:read");
    expect(
      await reader.failure(DISMISS, {
        input: { checkId: "no-backup", targetId: "backup", note: "x" },
      }),
    ).toMatchObject({ extensions: { code: "FORBIDDEN" } });
    const stranger = await server.keyWith("clients:read");
    expect(await stranger.failure(FOUND)).toMatchObject({ extensions: { code: "FORBIDDEN" } });
  });

  test("is asked by level, client and API", async () => {
    const { clients } = await server.operator.request(
      "{ clients(first: 2) { nodes { clientId } } }",
    );
    const [one, other] = clients.nodes as { clientId: string }[];
    const { projectId } = server;
    await server.services.unitOfWork.write((manager) =>
      manager.update(Project, { projectId }, { accessTokenLifetimeSeconds: 7200 }),
    );
    server.clock.advance(100 * DAY_SECONDS);
    const all = await found({ checkId: "client-unused" });
    expect(all[0].findingCount).toBe(2);
    const ofOne = await found({ checkId: "client-unused", clientId: one?.clientId });
    expect(ofOne[0].findings.nodes).toMatchObject([{ targetId: one?.clientId }]);
    expect(other?.clientId).not.toBe(one?.clientId);
    expect(await found({ hasFindings: true, clientId: "nobody" })).toEqual([]);
    const errors = await found({ level: "ERROR" });
    expect(new Set(errors.map(({ level }: { level: string }) => level))).toEqual(
      new Set(["ERROR"]),
    );
    expect(idsOf(await found({ hasFindings: true, apiId: "none" }))).toEqual([]);
  });
});
