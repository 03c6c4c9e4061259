import { once } from "node:events";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { context, propagation, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import {
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
  TracerProvider,
} from "@opentelemetry/sdk-trace";
import { createMember, createOrganization } from "../organizations/organization-operations.js";
import { postgresServer } from "../support/database.js";
import { basicAuthorization, GraphqlClient } from "../support/graphql-client.js";
import { type KeyServer, startKeyServer } from "../support/key-server.js";
import { type Credentials, createClient, importClient } from "../support/operations.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { waitUntil } from "../support/wait-until.js";
import { createProfile } from "../trusted-auth/attestation-operations.js";
import { foreignIssuer } from "../trusted-auth/foreign-issuer.js";

const TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736";
const CALLER_SPAN_ID = "00f067aa0ba902b7";
const TRACED = { traceparent: `00-${TRACE_ID}-${CALLER_SPAN_ID}-01` };
/** In each field of a request that a span might repeat. */
const MARKER = "marker-of-a-secret";

const exporter = new InMemorySpanExporter();
let server: TestServer;
let keyServer: KeyServer;
let client: Credentials;

beforeAll(async () => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  const spanProcessors = [new SimpleSpanProcessor({ exporter })];
  trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors }));
  server = await startTestServer({ allowInsecureJwks: true });
  keyServer = await startKeyServer();
  client = await createClient(server.operator, { scopes: ["read:users"] });
});

beforeEach(() => exporter.reset());

afterAll(async () => {
  keyServer.stop();
  await server.stop();
});

function stopTracing() {
  trace.disable();
  context.disable();
  propagation.disable();
}

/** The spans of the only request since the last reset, once its answer is logged. */
async function spansOf(name: string) {
  const isServer = (span: ReadableSpan) => span.kind === SpanKind.SERVER;
  await waitUntil(() => exporter.getFinishedSpans().some(isServer));
  const spans = exporter.getFinishedSpans();
  const root = spans.find(isServer);
  if (!root) throw new Error("no span of the request");
  expect(root.name).toBe(name);
  const parentOf = (span: ReadableSpan) =>
    spans.find((one) => one.spanContext().spanId === span.parentSpanContext?.spanId);
  /** Names from the request to the span. */
  const path = (span: ReadableSpan | undefined): string[] =>
    span ? [...path(parentOf(span)), span.name] : [];
  const named = (spanName: string) => {
    const span = spans.find((candidate) => candidate.name === spanName);
    if (!span) throw new Error(`${spanName} is not in ${spans.map((one) => one.name).join(", ")}`);
    return span;
  };
  return { spans, root, named, pathOf: (spanName: string) => path(named(spanName)) };
}

const requestToken = (
  { clientId, clientSecret }: Credentials,
  parameters: Record<string, string> = {},
  query = "",
) =>
  fetch(`${server.url}/oauth/token${query}`, {
    method: "POST",
    headers: { authorization: basicAuthorization(clientId, clientSecret), ...TRACED },
    body: new URLSearchParams({ grant_type: "client_credentials", ...parameters }),
  });

describe("a token request", () => {
  test("is a trace that begins at the caller", async () => {
    expect((await requestToken(client)).status).toBe(200);
    const { root, spans, named, pathOf } = await spansOf("POST /oauth/token");
    expect(root.attributes).toEqual({
      "http.request.method": "POST",
      "http.route": "/oauth/token",
      "http.response.status_code": 200,
      "url.scheme": "http",
      "server.address": "auth.example.test",
    });
    expect(root.status.code).toBe(SpanStatusCode.UNSET);
    expect(root.parentSpanContext?.spanId).toBe(CALLER_SPAN_ID);
    expect(new Set(spans.map((span) => span.spanContext().traceId))).toEqual(new Set([TRACE_ID]));
    expect(pathOf("SELECT token-context")).toEqual([
      "POST /oauth/token",
      "authenticate client",
      "SELECT token-context",
    ]);
    expect(pathOf("sign JWT")).toEqual(["POST /oauth/token", "issue token", "sign JWT"]);
    expect(named("issue token").attributes).toEqual({
      "countersign.project.id": server.projectId,
      "countersign.client.id": client.clientId,
    });
    expect(named("sign JWT").attributes).toEqual({ "countersign.signing.algorithm": "RS256" });
  });

  test("is one trace when its body comes later than its header", async () => {
    const { clientId, clientSecret } = client;
    const request = httpRequest(`${server.url}/oauth/token`, {
      method: "POST",
      headers: {
        authorization: basicAuthorization(clientId, clientSecret),
        "content-type": "application/x-www-form-urlencoded",
        expect: "100-continue",
      },
    });
    request.flushHeaders();
    await once(request, "continue");
    request.end("grant_type=client_credentials");
    const [response] = (await once(request, "response")) as [IncomingMessage];
    expect(response.resume().statusCode).toBe(200);
    const { pathOf } = await spansOf("POST /oauth/token");
    expect(pathOf("sign JWT")).toEqual(["POST /oauth/token", "issue token", "sign JWT"]);
  });

  test("has its ids in its log line", async () => {
    await requestToken(client);
    const { root } = await spansOf("POST /oauth/token");
    const { spanId } = root.spanContext();
    const lineOfSpan = () =>
      server
        .logs()
        .split("\n")
        .find((line) => line.includes(spanId));
    await waitUntil(() => lineOfSpan() !== undefined);
    expect(JSON.parse(lineOfSpan() ?? "")).toMatchObject({
      msg: "request",
      route: "/oauth/token",
      trace_id: TRACE_ID,
      span_id: spanId,
    });
  });

  test("that is refused has the code, and its caller's mistake is no error of the server", async () => {
    const response = await requestToken({ ...client, clientSecret: "csk_wrong" });
    expect(response.status).toBe(401);
    const { root, named } = await spansOf("POST /oauth/token");
    expect(named("authenticate client").status).toEqual({
      code: SpanStatusCode.ERROR,
      message: "INVALID_CLIENT",
    });
    expect(root.status.code).toBe(SpanStatusCode.UNSET);
    expect(root.attributes).toMatchObject({
      "http.response.status_code": 401,
      "error.type": "INVALID_CLIENT",
    });
  });

  test("shows what a slow hash takes", async () => {
    const imported = { clientId: "from-elsewhere", clientSecret: "k3Jx9Qw7Zp2Lm8Rt5Vb1" };
    await importClient(server.operator, imported);
    exporter.reset();
    expect((await requestToken(imported)).status).toBe(200);
    const { named, pathOf } = await spansOf("POST /oauth/token");
    expect(pathOf("slow hash")).toEqual(["POST /oauth/token", "authenticate client", "slow hash"]);
    expect(named("slow hash").attributes).toEqual({ "countersign.hash.task": "verify" });
  });
});

describe("a GraphQL operation", () => {
  test("is a span with its type and fields, and its statements below", async () => {
    const mutation = `mutation ${MARKER.replaceAll("-", "_")} { alias: createClient(input: { name: "New", scopes: [] }) { clientSecret } }`;
    const data = await server.operator.request(mutation);
    const { root, named, pathOf, spans } = await spansOf("POST /graphql");
    expect(root.attributes["http.response.status_code"]).toBe(200);
    expect(named("mutation").attributes).toEqual({
      "graphql.operation.type": "mutation",
      "countersign.graphql.root_fields": ["createClient"],
    });
    expect(pathOf("INSERT clients")).toEqual([
      "POST /graphql",
      "mutation",
      "unit of work",
      "INSERT clients",
    ]);
    expect(named("INSERT clients").kind).toBe(SpanKind.CLIENT);
    expect(named("INSERT clients").attributes).toEqual({
      "db.system.name": postgresServer === null ? "sqlite" : "postgresql",
      "db.operation.name": "INSERT",
      "db.query.summary": "INSERT clients",
    });
    expect(JSON.stringify(spans.map(shown))).not.toContain(data.alias.clientSecret);
  });

  test("that fails has the code", async () => {
    await server.operator.failure(`query { client(clientId: "client_unknown") { name } missing }`);
    expect((await spansOf("POST /graphql")).named("GraphQL Operation").status).toEqual({
      code: SpanStatusCode.ERROR,
      message: "GRAPHQL_VALIDATION_FAILED",
    });
  });

  test("that attests fetches the key set in its trace", async () => {
    const issuer = await foreignIssuer(server.clock);
    const { organizationId } = await createOrganization(server.operator);
    await createMember(server.operator, organizationId);
    const jwksUrl = keyServer.serve([{ ...issuer.jwk, kid: "one" }]);
    const profileId = await createProfile(server.operator, { keys: { jwksUrl } });
    exporter.reset();
    const token = await issuer.token({}, { kid: "one" });
    await server.operator.request(
      `mutation ($input: AttestSessionInput!) { attestSession(input: $input) { sessionJwt } }`,
      { input: { profileId, token, organizationId } },
    );
    const { named, pathOf, spans } = await spansOf("POST /graphql");
    expect(pathOf("fetch key set")).toEqual([
      "POST /graphql",
      "mutation",
      "attest session",
      "verify trusted auth token",
      "fetch key set",
    ]);
    expect(named("fetch key set").kind).toBe(SpanKind.CLIENT);
    expect(named("fetch key set").attributes).toEqual({
      "http.request.method": "GET",
      "server.address": "127.0.0.1",
    });
    expect(named("verify trusted auth token").attributes).toEqual({
      "countersign.profile.id": profileId,
    });
    expect(JSON.stringify(spans.map(shown))).not.toContain(token);
  });
});

const shown = ({ name, attributes, status, events }: ReadableSpan) => [
  name,
  attributes,
  status,
  events,
];

test("nothing that a caller sends is in a span", async () => {
  const wrong = { clientId: MARKER, clientSecret: MARKER };
  const parameters = { scope: MARKER, audience: MARKER, resource: `https://${MARKER}` };
  await requestToken(wrong, parameters, `?secret=${MARKER}`);
  await requestToken(client, parameters);
  await requestToken(client, { grant_type: MARKER });
  await fetch(`${server.url}/${MARKER}/${MARKER}?token=${MARKER}`, {
    headers: { authorization: `Bearer ${MARKER}`, baggage: `a=${MARKER}`, "user-agent": MARKER },
  });
  const stranger = new GraphqlClient(server.url, basicAuthorization(MARKER, MARKER));
  await stranger.send(`query marker($a: ID!) { client(clientId: $a) { name } }`, { a: MARKER });
  await server.operator.send(
    `query { a: client(clientId: "${MARKER}") { name } }`,
    {},
    { "x-forwarded-host": MARKER, ...TRACED },
  );
  const isServer = (span: ReadableSpan) => span.kind === SpanKind.SERVER;
  await waitUntil(() => exporter.getFinishedSpans().filter(isServer).length === 6);
  const spans = exporter.getFinishedSpans();
  expect(spans.map(({ name }) => name)).toContain("GET");
  expect(JSON.stringify(spans.map(shown))).not.toContain(MARKER);
});

test("work outside a request makes no spans", async () => {
  await server.services.usageRecorder.flush();
  expect(exporter.getFinishedSpans()).toEqual([]);
});

test("without an SDK there are no spans and no ids in the log", async () => {
  stopTracing();
  await server.restart();
  const before = server.logs().length;
  expect((await requestToken(client)).status).toBe(200);
  const written = () => server.logs().slice(before);
  await waitUntil(() => written().includes('"route":"/oauth/token"'));
  expect(written()).not.toContain("trace_id");
  expect(exporter.getFinishedSpans()).toEqual([]);
});
