import { createVerifier, type Verifier } from "@countersign/sdk/verify";
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  jest,
  test,
} from "@jest/globals";
import { decodeProtectedHeader } from "jose";
import { issueAccessToken } from "../../oauth/oauth-operations.js";
import { revoke, rotate } from "../../signing-keys/signing-key-operations.js";
import { type LiveServer, startLiveServer } from "../../support/live-server.js";
import { type Credentials, createClient } from "../../support/operations.js";

describe("a verifier of a server whose signing keys change", () => {
  let server: LiveServer;
  let client: Credentials;
  let verifier: Verifier;
  let fetches: number;

  beforeAll(async () => {
    server = await startLiveServer();
    client = await createClient(server.operator);
  });

  afterAll(async () => {
    await server.stop();
  });

  beforeEach(() => {
    fetches = 0;
    verifier = createVerifier({
      issuer: server.issuer,
      audience: server.projectId,
      fetch: (url, init) => {
        fetches++;
        return fetch(url, init);
      },
    });
  });

  afterEach(() => {
    jest.restoreAllMocks();
  });

  /** The server has a clock of its own. */
  const advance = (seconds: number) => {
    const now = Date.now();
    jest.spyOn(Date, "now").mockReturnValue(now + seconds * 1000);
  };

  test("knows the next key before it signs, and fetches one that it cannot know", async () => {
    const accept = async () => verifier.verifyAccessToken(await issueAccessToken(server, client));
    await accept();
    await rotate(server.operator, { force: true });
    await accept();
    expect(fetches).toBe(1);
    advance(1);
    await rotate(server.operator, { force: true });
    await accept();
    expect(fetches).toBe(2);
  });

  test("refuses the tokens of a revoked key within five minutes", async () => {
    const token = await issueAccessToken(server, client);
    await verifier.verifyAccessToken(token);
    await rotate(server.operator, { force: true });
    await revoke(server.operator, String(decodeProtectedHeader(token).kid));
    advance(300);
    await expect(verifier.verifyAccessToken(token)).rejects.toMatchObject({
      code: "SIGNATURE",
      status: 401,
    });
    await verifier.verifyAccessToken(await issueAccessToken(server, client));
  });

  test("asks nobody while the server restarts", async () => {
    const token = await issueAccessToken(server, client);
    await verifier.prefetch();
    const restarted = server.restart();
    await verifier.verifyAccessToken(token);
    await restarted;
    await verifier.verifyAccessToken(token);
    expect(fetches).toBe(1);
  });
});
