import { createTokenSource } from "@countersign/sdk/client";
import { createManagementClient } from "@countersign/sdk/management";
import { expect, test } from "@jest/globals";
import { startLiveServer } from "../../support/live-server.js";
import { runs } from "../../support/property-runs.js";

const WORKERS = 8;
const ROTATIONS = runs(50);

test("no token request fails while the secret of the client is rotated again and again", async () => {
  const server = await startLiveServer();
  const management = createManagementClient({
    url: server.publicUrl,
    projectId: server.projectId,
    secret: server.managementSecret,
  });
  const { client, clientSecret } = await management.createClient({ scopes: [] });
  const { clientId } = client;

  let secrets = [clientSecret];
  const failures: unknown[] = [];
  const underWay = new Set<Promise<unknown>>();
  let tokens = 0;
  let isOver = false;
  const work = async () => {
    while (!isOver) {
      // A source keeps its token, so each worker asks with a new one.
      const source = createTokenSource({
        issuer: server.issuer,
        clientId,
        clientSecret: () => secrets,
      });
      const request = source.getToken().then(
        () => tokens++,
        (error: unknown) => failures.push(error),
      );
      underWay.add(request);
      await request;
      underWay.delete(request);
    }
  };
  const workers = Array.from({ length: WORKERS }, work);

  for (let rotation = 0; rotation < ROTATIONS; rotation++) {
    const before = tokens;
    await management.rotate(clientId, {
      distribute: async (nextSecret) => {
        secrets = [nextSecret, ...secrets].slice(0, 2);
        await Promise.all(underWay);
      },
      verify: true,
    });
    expect(tokens).toBeGreaterThan(before);
  }
  isOver = true;
  await Promise.all(workers);
  await server.stop();
  expect(failures).toEqual([]);
  expect(new Set(secrets).size).toBe(2);
});
