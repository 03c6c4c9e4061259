import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createTokenSource, secretFile, type TokenSourceOptions } from "@countersign/sdk/client";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { decodeProtectedHeader } from "jose";
import { startLoad } from "../../processes/load.js";
import { findKey, revoke, rotate } from "../../signing-keys/signing-key-operations.js";
import { freePort, type LiveServer, startLiveServer } from "../../support/live-server.js";
import {
  CANCEL_ROTATION,
  COMPLETE_ROTATION,
  createClient,
  REVOKE_PREVIOUS,
  ROTATE_SECRET,
  START_ROTATION,
} from "../../support/operations.js";
import { isLong } from "../../support/property-runs.js";
import { PROJECT_ID, type ServerProcesses, serverProcesses } from "../../support/server-process.js";
import { PUBLIC_URL } from "../../support/test-server.js";

const CALLERS = 8;

/** Takes the life from each token, so that every call of `getToken` is a request. */
const withoutLife: typeof fetch = async (input, init) => {
  const response = await fetch(input, init);
  if (response.status !== 200) return response;
  const { expires_in: _, ...answer } = (await response.json()) as Record<string, unknown>;
  return Response.json(answer);
};

describe("under load through a token source, no call fails", () => {
  let server: LiveServer;
  let folder: string;
  let file: string;

  beforeAll(async () => {
    server = await startLiveServer();
    folder = mkdtempSync(path.join(tmpdir(), "rotation-"));
    file = path.join(folder, "secret");
  });

  afterAll(async () => {
    rmSync(folder, { recursive: true });
    await server.stop();
  });

  const source = (options: Partial<TokenSourceOptions>) =>
    createTokenSource({ issuer: server.issuer, clientSecret: secretFile(file), ...options });

  const rotations: Record<string, (clientId: string, ready: () => Promise<void>) => Promise<void>> =
    {
      "in stages": async (clientId, ready) => {
        const input = { clientId };
        const started = await server.operator.request(START_ROTATION, { input });
        await ready();
        writeFileSync(file, started.startSecretRotation.nextClientSecret);
        await ready();
        await server.operator.request(COMPLETE_ROTATION, { input });
      },
      "in stages, with both secrets in the file before": async (clientId, ready) => {
        const input = { clientId };
        const started = await server.operator.request(START_ROTATION, { input });
        const { nextClientSecret } = started.startSecretRotation;
        writeFileSync(file, `${await currentSecret(file)}\n${nextClientSecret}\n`);
        await ready();
        await server.operator.request(COMPLETE_ROTATION, { input });
      },
      "with an overlap that is revoked": async (clientId, ready) => {
        const { rotateSecret } = await server.operator.request(ROTATE_SECRET, {
          input: { clientId },
        });
        await ready();
        writeFileSync(file, rotateSecret.clientSecret);
        await ready();
        await server.operator.request(REVOKE_PREVIOUS, { input: { clientId } });
      },
      "that is cancelled": async (clientId, ready) => {
        const input = { clientId };
        const started = await server.operator.request(START_ROTATION, { input });
        const current = await currentSecret(file);
        writeFileSync(file, `${started.startSecretRotation.nextClientSecret}\n${current}`);
        await ready();
        await server.operator.request(CANCEL_ROTATION, { input });
        await ready();
        writeFileSync(file, current);
      },
    };

  test.each(Object.keys(rotations))("while the secret rotates %s", async (how) => {
    const { clientId, clientSecret } = await createClient(server.operator);
    writeFileSync(file, `${clientSecret}\n`);
    const tokens = source({ clientId, fetch: withoutLife });
    const load = startLoad(CALLERS, () => tokens.getToken());
    await load.waitForAnswers(20);
    for (let rotation = 0; rotation < 3; rotation++) {
      await rotations[how]?.(clientId, () => load.waitForAnswers(2 * CALLERS));
      await load.waitForAnswers(20);
    }
    await load.stop();
    expect(load.failures).toEqual([]);
  });

  test("while the signing key rotates, and its predecessor is revoked", async () => {
    const { clientId, clientSecret } = await createClient(server.operator);
    const tokens = source({ clientId, clientSecret });
    const statuses = new Set<number>();
    const load = startLoad(CALLERS, async () => {
      const response = await tokens.fetch(
        `${server.issuer}/oauth/verify?audience=${server.projectId}`,
      );
      statuses.add(response.status);
      if (response.status !== 200) throw new Error(await response.text());
    });
    await load.waitForAnswers(20);
    const kid = async () =>
      decodeProtectedHeader((await tokens.getToken()).accessToken).kid as string;
    const before = await kid();
    const signing = await findKey(server.operator, "CURRENT", "RS256");
    expect(signing.kid).toBe(before);
    await rotate(server.operator, { force: true });
    await load.waitForAnswers(20);
    expect(await kid()).toBe(before);
    await revoke(server.operator, before);
    await load.waitForAnswers(20);
    await load.stop();
    expect(await kid()).not.toBe(before);
    expect(load.failures).toEqual([]);
    expect([...statuses]).toEqual([200]);
  });
});

describe("a restart of the server under load through a token source", () => {
  let processes: ServerProcesses;

  beforeAll(async () => {
    processes = await serverProcesses();
  });

  afterAll(async () => {
    await processes.cleanUp();
  });

  test.each(isLong ? (["SIGTERM", "SIGKILL"] as const) : (["SIGKILL"] as const))(
    "fails no call (%s)",
    async (signal) => {
      const changes = { PORT: String(await freePort()), DRAIN_SECONDS: "0" };
      const first = await processes.start(changes);
      const { clientId, clientSecret } = await createClient(first.operator);
      const options = {
        issuer: `${PUBLIC_URL}/projects/${PROJECT_ID}`,
        tokenEndpoint: `${first.url}/projects/${PROJECT_ID}/oauth/token`,
        clientId,
        clientSecret,
      };
      const cached = createTokenSource(options);
      // A busy machine takes long to start a process.
      const retrySeconds = 90;
      const uncached = createTokenSource({ ...options, fetch: withoutLife, retrySeconds });
      const load = startLoad(CALLERS, () => cached.getToken());
      const uncachedLoad = startLoad(CALLERS, () => uncached.getToken());
      await Promise.all([load.waitForAnswers(20), uncachedLoad.waitForAnswers(20)]);
      await first.end(signal);
      await load.waitForAnswers(50);
      const second = await processes.start(changes);
      await Promise.all([load.waitForAnswers(20), uncachedLoad.waitForAnswers(20)]);
      await Promise.all([load.stop(), uncachedLoad.stop()]);
      expect([...load.failures, ...uncachedLoad.failures]).toEqual([]);
      expect(await second.end("SIGTERM")).toBe(0);
    },
  );
});

async function currentSecret(file: string): Promise<string> {
  return (await secretFile(file)()).filter(Boolean).at(-1) ?? "";
}
