import { createServer, type RequestListener } from "node:http";
import net, { type AddressInfo } from "node:net";
import { inspect } from "node:util";
import {
  type CallOptions,
  CountersignError,
  createManagementClient,
  type ManagementClient,
  ServerUnreachable,
} from "@countersign/sdk/management";
import { ERROR_CODES } from "@countersign/sdk/schema";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { freePort, type LiveServer, startLiveServer } from "../../support/live-server.js";
import { managementOf } from "./management-of.js";

const SECRET = "secret-of-the-key";

/** The error of a call that must fail. */
async function failure(call: Promise<unknown>): Promise<CountersignError> {
  const error = await call.then(
    () => new Error("it succeeded"),
    (thrown: unknown) => thrown,
  );
  if (error instanceof CountersignError) return error;
  throw error;
}

describe("an error of the server", () => {
  let server: LiveServer;
  let management: ManagementClient;

  beforeAll(async () => {
    server = await startLiveServer();
    management = managementOf(server);
  });

  afterAll(() => server.stop());

  test("is told apart by its code, and says which operation and argument it is about", async () => {
    const error = await failure(management.createClient({ name: "x".repeat(1000), scopes: [] }));
    expect(error).toMatchObject({
      name: "CountersignError",
      code: "BAD_USER_INPUT",
      operation: "createClient",
      path: ["input", "name"],
      status: 200,
      attempts: 1,
      retryable: false,
    });
  });

  test.each(Object.entries(ERROR_CODES))(
    "may be retried as the server says: %s",
    async (code, { retryable }) => {
      const answer = async () => Response.json({ data: null, errors: [{ extensions: { code } }] });
      const told = managementOf(server, { fetch: answer, retries: 0 });
      expect(await failure(told.clients())).toMatchObject({ code, retryable });
    },
  );

  test("has the code of the GraphQL layer where a value has the wrong type", async () => {
    const input = { scopes: "read:users" as unknown as string[], name: 7 as unknown as string };
    const error = await failure(management.createClient(input));
    expect(error).toMatchObject({ code: "BAD_USER_INPUT", status: 400 });
    expect(await failure(management.request("{ nothing }"))).toMatchObject({
      code: "GRAPHQL_VALIDATION_FAILED",
      status: 400,
    });
  });

  test("names the version that has changed, the object that is missing, and the one that exists", async () => {
    const { client } = await management.createClient({ scopes: [] });
    const { clientId } = client;
    await management.updateClient({ clientId, name: "Other" });
    const changed = management.updateClient({ clientId, name: "Mine", expectedVersion: 1 });
    expect((await failure(changed)).code).toBe("VERSION_CONFLICT");
    const missing = management.deleteClient({ clientId: "client-0" });
    expect((await failure(missing)).code).toBe("CLIENT_NOT_FOUND");
    const api = { identifier: "https://a.example.com", name: "A" };
    await management.createApi(api);
    const again = await failure(management.createApi(api));
    expect(again).toMatchObject({ code: "ALREADY_EXISTS", path: ["input", "identifier"] });
  });

  test("is UNAUTHENTICATED for a wrong secret, and shows neither it nor the variables", async () => {
    const { projectId, publicUrl: url } = server;
    const stranger = createManagementClient({ url, projectId, secret: SECRET });
    const input = { clientId: "client-1", clientSecret: "csk_secret-of-a-client" };
    for (const call of [stranger.clients(), management.verifyClient(input)]) {
      const error = await failure(call);
      const shown = inspect(error, { depth: 10, showHidden: true }) + JSON.stringify(error);
      expect(shown).toContain(error.code);
      expect(shown).not.toMatch(/secret-of|cHJvamVjdC/);
    }
  });
});

describe("an answer of something else", () => {
  const stops: (() => Promise<unknown>)[] = [];
  afterEach(() => Promise.all(stops.splice(0).map((stop) => stop())));

  const clientOf = async (listener: RequestListener, options: object = {}) => {
    const proxy = createServer(listener);
    await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
    stops.push(() => {
      proxy.closeAllConnections();
      return new Promise((resolve) => proxy.close(resolve));
    });
    const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    return createManagementClient({ url, projectId: "p", secret: SECRET, retries: 0, ...options });
  };
  const answering = (status: number, body = "<html>", headers: Record<string, string> = {}) =>
    clientOf((_, response) => response.writeHead(status, headers).end(body));

  test.each([
    [400, "BAD_REQUEST"],
    [401, "UNAUTHENTICATED"],
    [403, "FORBIDDEN"],
    [404, "NOT_FOUND"],
    [429, "RATE_LIMITED"],
    [500, "INTERNAL_SERVER_ERROR"],
    [502, "SERVICE_UNAVAILABLE"],
    [503, "SERVICE_UNAVAILABLE"],
    [504, "SERVICE_UNAVAILABLE"],
  ])("with the status %d is %s", async (status, code) => {
    const management = await answering(status);
    const retryable = status === 429 || status > 500;
    expect(await failure(management.clients())).toMatchObject({ code, status, retryable });
  });

  test("says when to try again", async () => {
    const management = await answering(429, "", { "retry-after": "120" });
    expect(await failure(management.clients())).toMatchObject({ retryAfterSeconds: 120 });
  });

  test.each([
    ["a page", 200, "<html>"],
    ["JSON that is no answer", 200, "[]"],
    ["an answer without data", 200, "{}"],
    ["a redirection", 307, ""],
  ])("that is %s is no answer of the server", async (_, status, body) => {
    const management = await answering(status, body, { location: "https://elsewhere.example.com" });
    const unreadable = { name: "ServerUnreachable", code: "UNREADABLE_ANSWER", retryable: false };
    await expect(management.clients()).rejects.toMatchObject(unreadable);
  });

  test("passes a code on that this version does not know", async () => {
    const body = JSON.stringify({
      data: null,
      errors: [{ message: "No more", extensions: { code: "QUOTA_EXCEEDED" } }],
    });
    const error = await failure((await answering(200, body)).clients());
    expect(error).toMatchObject({ code: "QUOTA_EXCEEDED", message: "No more", retryable: false });
  });

  test("is read up to a length", async () => {
    const management = await clientOf((_, response) => {
      const chunk = Buffer.alloc(1024 * 1024, 32);
      const write = () => {
        if (response.destroyed) return;
        if (response.write(chunk)) setImmediate(write);
        else response.once("drain", write);
      };
      write();
    });
    await expect(management.clients()).rejects.toMatchObject({ code: "UNREADABLE_ANSWER" });
  });

  test("is waited for as long as a call or a client says", async () => {
    const silent = await clientOf(() => {}, { timeoutSeconds: 0.05 });
    const timeout = { name: "ServerUnreachable", code: "TIMEOUT", sent: true, retryable: true };
    await expect(silent.clients()).rejects.toMatchObject(timeout);
    const patient = await clientOf(() => {});
    const call = patient.clients({}, { timeoutSeconds: 0.05 });
    await expect(call).rejects.toMatchObject(timeout);
  });

  test("is not waited for after its signal, whose reason the call rejects with", async () => {
    const controller = new AbortController();
    const management = await clientOf(() => controller.abort(new Error("enough")));
    const options: CallOptions = { signal: controller.signal };
    await expect(management.clients({}, options)).rejects.toThrow("enough");
    await expect(management.clients({}, options)).rejects.toThrow("enough");
  });

  test("is missing where it is no HTTP, and its bytes are in no error", async () => {
    const lines = ["HTTP/1.1 200 OK", "transfer-encoding: chunked", "", `no size${SECRET}`];
    const broken = net.createServer((socket) => {
      socket.on("error", () => {}).once("data", () => socket.end(lines.join("\r\n")));
    });
    await new Promise<void>((resolve) => broken.listen(0, resolve));
    const { port } = broken.address() as AddressInfo;
    const url = `http://localhost:${port}`;
    const management = createManagementClient({ url, projectId: "p", secret: SECRET, retries: 0 });
    const error = await management.createClient({ scopes: [] }).catch((thrown: unknown) => thrown);
    broken.close();
    expect(error).toMatchObject({ code: "CONNECTION_FAILED", sent: true });
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain(SECRET);
  });

  test("is not asked for with a token that no header carries, which no error shows", async () => {
    for (const accessToken of [`${SECRET}\nx`, `${SECRET}\u200b`, ""]) {
      const management = createManagementClient({ url: "https://auth.example.com", accessToken });
      const error: unknown = await management.clients().catch((thrown) => thrown);
      expect(error).toBeInstanceOf(TypeError);
      expect(inspect(error, { depth: 10, showHidden: true })).not.toContain(SECRET);
    }
  });

  test.each([
    [null],
    [{ code: { toString: 1 } }],
    [{ code: "RATE_LIMITED", retryAfterSeconds: { valueOf: 1 }, path: 7 }],
  ])("has a code and a time although its extensions are %j", async (extensions) => {
    const management = createManagementClient({
      ...{ url: "https://auth.example.com", projectId: "p", secret: SECRET, retries: 0 },
      fetch: async () => Response.json({ errors: [{ message: "no", extensions }] }),
    });
    const { code, retryable, ...error } = await failure(management.clients());
    expect(code).toBe(retryable ? "RATE_LIMITED" : "INTERNAL_SERVER_ERROR");
    expect(error).toMatchObject(retryable ? { retryAfterSeconds: 1 } : {});
  });

  test("is missing where nothing listens, with the cause", async () => {
    const url = `http://127.0.0.1:${await freePort()}`;
    const management = createManagementClient({ url, projectId: "p", secret: SECRET, retries: 0 });
    const error = await management.clients().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ServerUnreachable);
    expect(error).toMatchObject({ code: "CONNECTION_FAILED", operation: "clients", sent: false });
    expect(inspect(error)).toContain(`${url}/graphql cannot be reached: ECONNREFUSED`);
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain(SECRET);
  });
});
