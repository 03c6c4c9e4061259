import { createVerifier } from "@countersign/sdk/verify";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { Client } from "pg";
import { startPostgres } from "../../scripts/postgres.mjs";
import { createApi, createGrant } from "../oauth/oauth-operations.js";
import { ContinuousLoad, isGoodOauth, WORKERS_OF_EACH_KIND } from "../support/continuous-load.js";
import { createClient, issueToken } from "../support/operations.js";
import { PROJECT_ID, type ServerProcess, serverProcesses } from "../support/server-process.js";
import { PUBLIC_URL } from "../support/test-server.js";
import { unsignedJwt } from "../trusted-auth/foreign-issuer.js";

const ALL_IDS = `query ($after: String) {
  clients(first: 200, after: $after) { nodes { clientId } pageInfo { hasNextPage endCursor } }
}`;

describe("when PostgreSQL", () => {
  // synchronous_commit: acknowledged changes must survive a crash of PostgreSQL.
  let postgres: Awaited<ReturnType<typeof startPostgres>>;
  let processes: Awaited<ReturnType<typeof serverProcesses>>;

  beforeAll(async () => {
    postgres = await startPostgres({ synchronous_commit: "on" });
    processes = await serverProcesses(postgres.url);
  });

  afterAll(async () => {
    await processes.cleanUp();
    await postgres.stop();
  });

  const statusOf = async ({ url }: ServerProcess, path: string) => {
    const response = await fetch(`${url}${path}`);
    return [response.status, ((await response.json()) as { status: string }).status];
  };

  const query = async (sql: string) => {
    const client = new Client(postgres.url);
    await client.connect();
    const { rows } = await client.query(sql);
    await client.end();
    return rows;
  };

  const idsOf = async ({ operator }: ServerProcess) => {
    const ids = new Set<string>();
    let after: string | null = null;
    do {
      const { clients } = await operator.request(ALL_IDS, { after });
      for (const { clientId } of clients.nodes) ids.add(clientId);
      after = clients.pageInfo.hasNextPage ? clients.pageInfo.endCursor : null;
    } while (after);
    return ids;
  };

  const expectNothingLostOrPartial = async (server: ServerProcess, load: ContinuousLoad) => {
    const ids = await idsOf(server);
    expect(load.created.filter((id) => !ids.has(id))).toEqual([]);
    const partial = await query(`
      SELECT client_id, target_id FROM clients FULL JOIN audit_events ON target_id = client_id
      WHERE (client_id IS NULL AND action = 'client.create') OR target_id IS NULL`);
    expect(partial).toEqual([]);
  };

  test.each([
    ["is shut down", "SIGINT"],
    ["crashes", "SIGQUIT"],
  ] as const)(
    "%s and restarts, every server process survives and no acknowledged change is lost",
    async (_what, signal) => {
      const server = await processes.start();
      const load = new ContinuousLoad(server, await createClient(server.operator));
      await load.waitForRecovery(performance.now() + 300);
      await postgres.halt(signal);
      await load.refused(10);
      const [ready, alive] = [
        await statusOf(server, "/readyz"),
        await statusOf(server, "/healthz"),
      ];
      await postgres.resume();
      await load.waitForRecovery(performance.now());
      await load.waitForRecovery(performance.now() + 300);
      const readyAgain = await statusOf(server, "/readyz");
      await load.stop();
      expect(load.unexpected).toEqual([]);
      expect(ready).toEqual([503, "database unavailable"]);
      expect(alive).toEqual([200, "ok"]);
      expect(readyAgain).toEqual([200, "ready"]);
      await expectNothingLostOrPartial(server, load);
      await server.written(/"code":"SERVICE_UNAVAILABLE","database":"ECONNREFUSED"/);
      expect(server.output()).not.toContain("INSERT INTO");
      expect(await server.end("SIGTERM")).toBe(0);
    },
  );

  test("hangs, requests fail in time and no transaction is left incomplete", async () => {
    const server = await processes.start();
    const load = new ContinuousLoad(server, await createClient(server.operator));
    await load.waitForRecovery(performance.now() + 300);
    const resume = await pause();
    // All of these must be answered while PostgreSQL hangs.
    const ready = await statusOf(server, "/readyz");
    const alive = await statusOf(server, "/healthz");
    await load.refused(WORKERS_OF_EACH_KIND);
    resume();
    await load.waitForRecovery(performance.now());
    await load.stop();
    expect(load.unexpected).toEqual([]);
    expect(ready).toEqual([503, "database unavailable"]);
    expect(alive).toEqual([200, "ok"]);
    await expectNothingLostOrPartial(server, load);
    expect(await server.end("SIGTERM")).toBe(0);
  });

  /** Suspends PostgreSQL and the processes of its connections. */
  const pause = async () => {
    const observer = new Client(postgres.url);
    await observer.connect();
    const pids = [postgres.pid() as number];
    process.kill(pids[0] as number, "SIGSTOP");
    const { rows } = await observer.query(
      "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()",
    );
    for (const { pid } of rows) {
      process.kill(pid, "SIGSTOP");
      pids.push(pid);
    }
    return () => {
      for (const pid of pids) process.kill(pid, "SIGCONT");
      void observer.end();
    };
  };

  test("is shut down, every endpoint reports it in its own error format", async () => {
    const page = "https://keys.example.com";
    const server = await processes.start({ ALLOWED_ORIGINS: page });
    const { clientId, clientSecret } = await createClient(server.operator);
    const credentials = { client_id: clientId, client_secret: clientSecret };
    const json = { "content-type": "application/json" };
    const bearer = { authorization: "Bearer an.access.token" };
    const postForm = (body: object) => ({ method: "POST", body: new URLSearchParams({ ...body }) });
    const project = `projects/${PROJECT_ID}`;
    const oauth: [path: string, init?: RequestInit][] = [
      ["/.well-known/jwks.json"],
      [`/${project}/.well-known/jwks.json`],
      [`/v1/sessions/jwks/${PROJECT_ID}`],
      ["/.well-known/openid-configuration"],
      [`/.well-known/oauth-authorization-server/${project}`],
      [`/${project}/oauth/token`, postForm({ ...credentials, grant_type: "client_credentials" })],
      ["/oauth/introspect", postForm({ ...credentials, token: "an.access.token" })],
      ["/oauth/revoke", postForm({ ...credentials, token: "an.access.token" })],
      [`/${project}/oauth/verify?audience=a`, { headers: bearer }],
      ["/oauth/register", { method: "POST", headers: { ...bearer, ...json }, body: "{}" }],
      [`/oauth/register/${clientId}`, { headers: bearer }],
      [`/oauth/register/${clientId}`, { method: "DELETE", headers: bearer }],
    ];
    await postgres.halt("SIGINT");
    for (const [path, init] of oauth) {
      expect([path, await isGoodOauth(await fetch(`${server.url}${path}`, init))]).toEqual([
        path,
        false,
      ]);
    }
    const stytch = await fetch(
      `${server.url}/v1/public/${PROJECT_ID}/oauth2/token`,
      postForm({ ...credentials, grant_type: "client_credentials" }),
    );
    expect([stytch.status, stytch.headers.get("retry-after")]).toEqual([503, "1"]);
    expect(await stytch.json()).toMatchObject({
      error: "temporarily_unavailable",
      status_code: 503,
    });
    // The server looks up the CORS settings of the origin before GraphQL handles the request.
    const headers = { origin: "https://app.example.com" };
    const script = await server.anonymous.send("{ __typename }", {}, headers);
    expect([script.status, script.headers.get("retry-after")]).toEqual([503, "1"]);
    expect(script.errors[0]?.extensions.code).toBe("SERVICE_UNAVAILABLE");
    const token = unsignedJwt(
      { alg: "RS256", typ: "JWT", kid: "jwk_unknown" },
      { iss: "https://auth.example.com" },
      "c2ln",
    );
    const called = await server.anonymous.send(
      "{ project { name } }",
      {},
      { origin: page, authorization: `Bearer ${token}` },
    );
    expect([called.status, called.headers.get("access-control-allow-origin")]).toEqual([503, page]);
    expect(called.headers.get("access-control-expose-headers")).toContain("retry-after");
    await postgres.resume();
    expect(await statusOf(server, "/readyz")).toEqual([200, "ready"]);
    expect(await server.end("SIGTERM")).toBe(0);
  });

  test("is shut down, an API with the keys goes on verifying tokens and one without answers 503", async () => {
    const server = await processes.start();
    const api = await createApi(server.operator);
    const client = await createClient(server.operator);
    await createGrant(server.operator, client, api);
    const audience = api.identifier;
    const { accessToken } = await issueToken(server.anonymous, client, { audience });
    const options = {
      issuer: `${PUBLIC_URL}/projects/${PROJECT_ID}`,
      audience,
      fetch: (input: string | URL | Request, init?: RequestInit) => {
        const { pathname } = new URL(input instanceof Request ? input.url : input);
        return fetch(`${server.url}${pathname}`, init);
      },
    };
    const verifier = createVerifier(options);
    await verifier.verifyAccessToken(accessToken);
    await postgres.halt("SIGINT");
    expect((await verifier.verifyAccessToken(accessToken)).clientId).toBe(client.clientId);
    await expect(createVerifier(options).verifyAccessToken(accessToken)).rejects.toMatchObject({
      status: 503,
    });
    await postgres.resume();
    expect(await server.end("SIGTERM")).toBe(0);
  });

  test("may be used through one connection only, requests share it", async () => {
    const server = await processes.start({ DATABASE_POOL_SIZE: "1" });
    const clients = await Promise.all(
      Array.from({ length: 20 }, () => createClient(server.operator)),
    );
    await Promise.all(clients.map((client) => issueToken(server.anonymous, client)));
    expect(
      await query(
        "SELECT count(*)::int FROM pg_stat_activity WHERE application_name = 'countersign'",
      ),
    ).toEqual([{ count: 1 }]);
    expect(await server.end("SIGTERM")).toBe(0);
  });

  test("is not running yet, the server waits for it", async () => {
    await postgres.halt("SIGINT");
    let onRetry = () => {};
    const waiting = new Promise<void>((resolve) => {
      onRetry = resolve;
    });
    let output = "";
    const starting = processes.start({}, (text) => {
      output += text;
      if (output.includes("trying again")) onRetry();
    });
    await waiting;
    await postgres.resume();
    const server = await starting;
    expect(server.output()).toContain(
      "DATABASE_URL: the database does not answer (ECONNREFUSED); trying again",
    );
    expect(server.output()).not.toContain(new URL(postgres.url).port);
    expect(await statusOf(server, "/readyz")).toEqual([200, "ready"]);
    expect(await server.end("SIGTERM")).toBe(0);
  });

  test.each([
    ["database", { pathname: "/nowhere" }, "DATABASE_URL: the database does not exist (3D000)"],
    ["user", { username: "nobody" }, "DATABASE_URL: the server rejects the user (28000)"],
  ])("rejects the %s, the server exits at once", async (_what, wrong, sentence) => {
    const url = Object.assign(new URL(postgres.url), wrong);
    expect(await processes.expectStartFailure({ DATABASE_URL: url.href })).toEqual({
      code: 1,
      output: `${sentence}\n`,
    });
  });
});
