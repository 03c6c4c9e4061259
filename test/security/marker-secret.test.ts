import { randomBytes } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { isInputObjectType, isNonNullType } from "graphql";
import { decodeJwt } from "jose";
import { QueryFailedError } from "typeorm";
import { ManagementKey } from "../../src/projects/management-key.entity.js";
import { generateSecret } from "../../src/shared/secrets.js";
import {
  operationText,
  type RootField,
  rootFields,
  sampleArguments,
  valuesWith,
} from "../support/any-operation.js";
import { dumpTables } from "../support/dump-tables.js";
import { basicAuthorization } from "../support/graphql-client.js";
import { createClient, IMPORT_CLIENT, ISSUE_TOKEN, updateProject } from "../support/operations.js";
import { startTestServer, type TestServer } from "../support/test-server.js";

/** Fields with credentials, which must not appear in any response or log, even after a success. */
const CREDENTIAL = /secret|hash|token|jwt/i;
const WRONG_KINDS = [7, true, { nested: "MARKER" }, [["MARKER"]], "MARKER"];

/** Queries that find nothing for a marker succeed, so only mutations must fail. */
const mutations = new Set(
  rootFields.filter(({ kind }) => kind === "mutation").map(({ field }) => field),
);
const operations = rootFields.map(({ field }) => [field.name, field] as const);

describe.each([
  ["a secret", 'marker-secret; do not: show "this" at $input'],
  ["a client secret", generateSecret("csk")],
])("%s", (_what, marker) => {
  let server: TestServer;
  /** Length of the log that is already checked. */
  let logged = 0;

  beforeAll(async () => {
    server = await startTestServer();
  });

  afterEach(() => {
    jest.restoreAllMocks();
    expectNoMarker("the log", server.logs().slice(logged));
    logged = server.logs().length;
  });

  afterAll(async () => {
    const tables = await dumpTables(server.services);
    await server.stop();
    expect(tables).toContain(server.projectId);
    expectNoMarker("the database", tables);
  });

  const forms = [marker, encodeURIComponent(marker), JSON.stringify(marker).slice(1, -1)];
  for (const coding of ["base64", "base64url", "hex"] as const) {
    forms.push(Buffer.from(marker).toString(coding).replace(/=+$/, ""));
  }
  const expectNoMarker = (where: string, text: string) => {
    const shown = forms.find((form) => text.includes(form));
    if (shown !== undefined) {
      const at = text.indexOf(shown);
      throw new Error(`${where} shows it: ${text.slice(Math.max(0, at - 200), at + 200)}`);
    }
  };
  const withMarker = (value: unknown): unknown =>
    JSON.parse(JSON.stringify(value).replaceAll("MARKER", JSON.stringify(marker).slice(1, -1)));

  /** Sends the operation and checks that the response does not contain the marker. */
  const send = async (field: RootField, variables: object, expectFailure: boolean) => {
    const answer = await server.operator.send(operationText(field), variables);
    expectNoMarker(`the answer to ${JSON.stringify(variables)}`, answer.body);
    expectNoMarker("a header", JSON.stringify([...answer.headers]));
    if (expectFailure) expect([variables, answer.errors.length]).not.toEqual([variables, 0]);
  };
  const http = async (path: string, init: RequestInit) => {
    const response = await fetch(`${server.url}${path}`, init);
    expectNoMarker(path, await response.text());
    expectNoMarker("a header", JSON.stringify([...response.headers]));
    return response.status;
  };

  test.each(operations)(
    "beside an invalid field of %s does not appear anywhere",
    async (_name, field) => {
      for (const arg of field.args) {
        for (const value of valuesWith(marker, arg.type)) {
          const variables = { ...sampleArguments(field), [arg.name]: value };
          const type = isNonNullType(arg.type) ? arg.type.ofType : arg.type;
          if (isInputObjectType(type)) {
            const mistaken = { ...(value as object), tyop: marker };
            await send(field, { ...variables, [arg.name]: mistaken }, true);
          } else {
            await send(field, { ...variables, [arg.name]: [value, { marker }] }, true);
          }
        }
      }
    },
  );

  test.each(operations)(
    "of the wrong type in %s does not appear anywhere",
    async (_name, field) => {
      for (const arg of field.args) {
        const type = isNonNullType(arg.type) ? arg.type.ofType : arg.type;
        const base = sampleArguments(field);
        for (const kind of WRONG_KINDS) {
          const wrong = withMarker(kind);
          if (!isInputObjectType(type)) {
            if (typeof wrong === "object") await send(field, { ...base, [arg.name]: wrong }, true);
            continue;
          }
          if (!(wrong instanceof Object)) await send(field, { ...base, [arg.name]: marker }, true);
          for (const name of Object.keys(type.getFields())) {
            const input = { ...(base[arg.name] as object), [name]: { deep: [wrong, marker] } };
            // JSON fields accept any object.
            const acceptsObjects = `${type.getFields()[name]?.type}`.startsWith("JSONObject");
            if (!acceptsObjects) await send(field, { ...base, [arg.name]: input }, true);
          }
        }
      }
    },
  );

  test.each(operations)(
    "that is too long for %s does not appear anywhere",
    async (_name, field) => {
      const long = `${marker} ${"x".repeat(20_000)}`;
      for (const arg of field.args) {
        for (const value of valuesWith(long, arg.type)) {
          await send(field, { ...sampleArguments(field), [arg.name]: value }, mutations.has(field));
        }
      }
    },
  );

  test.each(operations)(
    "as an id or a credential of %s does not appear anywhere",
    async (_name, field) => {
      for (const arg of field.args) {
        const type = isNonNullType(arg.type) ? arg.type.ofType : arg.type;
        const base = sampleArguments(field);
        if (!isInputObjectType(type)) {
          for (const value of valuesWith(marker, arg.type)) {
            await send(field, { ...base, [arg.name]: value }, false);
          }
          continue;
        }
        for (const [name, { type: fieldType }] of Object.entries(type.getFields())) {
          if (!CREDENTIAL.test(name) || `${fieldType}` === "Boolean") continue;
          for (const value of valuesWith(marker, fieldType)) {
            const input = { ...(base[arg.name] as object), [name]: value };
            await send(field, { ...base, [arg.name]: input }, false);
          }
        }
      }
    },
  );

  test.each(operations)(
    "does not appear anywhere when the database fails during %s",
    async (_name, field) => {
      const failure = () => {
        const driverError = Object.assign(new Error(`driver: ${marker}`), {
          code: "SQLITE_ERROR",
          detail: `Key (secret)=(${marker})`,
        });
        return new QueryFailedError(
          `INSERT INTO clients VALUES ('${marker}')`,
          [marker],
          driverError,
        );
      };
      const { unitOfWork } = server.services;
      const { read } = unitOfWork;
      const broken = new Proxy(read, {
        get: (target, property) => {
          const method = Reflect.get(target, property) as unknown;
          if (typeof method !== "function") return method;
          return (...args: unknown[]) => {
            if (args[0] === ManagementKey && property === "findOneBy")
              return method.apply(target, args);
            throw failure();
          };
        },
      });
      jest.spyOn(unitOfWork, "write").mockImplementation(async () => {
        throw failure();
      });
      await send(field, sampleArguments(field), false);
      jest.spyOn(unitOfWork, "read", "get").mockReturnValue(broken);
      for (const arg of field.args) {
        for (const value of valuesWith(marker, arg.type)) {
          await send(field, { ...sampleArguments(field), [arg.name]: value }, false);
        }
      }
      await send(field, sampleArguments(field), false);
    },
  );

  test("in the text of an operation does not appear anywhere", async () => {
    const quoted = JSON.stringify(marker);
    const bare = /^\w+$/.test(marker) ? marker : "unrelated";
    for (const query of [
      `mutation { issueToken(input: { clientId: "x", clientSecret: ${quoted} }) { scope } }`,
      `mutation { issueToken(input: { clientId: "x", clientSecret: ${bare} }) { scope } }`,
      `mutation { issueToken(input: { clientId: "x", clientSecrt: ${quoted} }) { scope } }`,
      `mutation { issueToken(input: { clientId: "x", clientSecret: [${quoted}, 5] }) { scope } }`,
      `mutation { issueToken(input: ${quoted}) { scope } }`,
      `mutation { issueToken(inptu: { clientSecret: ${quoted} }) { scope } }`,
      `mutation { createClient(input: { scopes: [{ a: ${quoted} }] }) { clientSecret } }`,
      `mutation { createClient(input: { scopes: [${quoted}], name: 5 }) { clientSecret } }`,
      `mutation { createClient(input: { scopes: [], expiresAt: ${quoted} }) { clientSecret } }`,
      `mutation { createClient(input: { scopes: [], trustedMetadata: ${quoted} }) { clientSecret } }`,
      `mutation { importClient(input: { clientId: "x", clientSecret: ${quoted}, secretHash: ${quoted} }) { client { clientId } } }`,
      `mutation { updateClient(input: { clientId: ${quoted}, status: ${quoted} }) { client { clientId } } }`,
      `mutation { verifyClient(input: { clientId: "x", clientSecret: ${quoted} }) { client { clientId } } }`,
      `mutation { verifyClient(input: { clientId: ${quoted} clientSecret: ${quoted} ${quoted} }) { client { clientId } } }`,
      `mutation { verifyToken(input: { accessToken: ${quoted} }) { token { clientId } } }`,
      `mutation { verifyToken(input: { accessToken: ${quoted} ${quoted} }) { token { clientId } } }`,
      `{ client(clientId: ${quoted}) { name } nothing }`,
      `{ project { name } } # ${marker}\n }`,
      `{ project(name: ${quoted}) { name } }`,
      `{ ${bare} { ${bare}: ${bare} } }`,
      `query { project { ...${bare} } }`,
      `${quoted} { project`,
      marker,
      quoted,
      `{ project { name } ${quoted}`,
    ]) {
      const { errors, body } = await server.operator.send(query);
      expectNoMarker(query, body);
      if (!query.startsWith("{ client(")) expect([query, errors.length]).not.toEqual([query, 0]);
    }
  });

  test("in other parts of a request does not appear anywhere", async () => {
    const json = { "content-type": "application/json" };
    const post = (body: string, headers: Record<string, string> = {}) =>
      http("/graphql", { method: "POST", body, headers: { ...json, ...headers } });
    const project = JSON.stringify({ query: "{ project { name } }" });
    const quoted = JSON.stringify(marker);
    const path = encodeURIComponent(marker);
    for (const authorization of [
      marker,
      `Basic ${marker}`,
      `Bearer ${marker}`,
      basicAuthorization(marker, marker),
      basicAuthorization(server.projectId, marker),
    ]) {
      await post(project, { authorization });
    }
    await post(project, { "x-request-id": path, "user-agent": path, cookie: path, origin: path });
    await post(`{"query": ${quoted}`);
    await post(`{${quoted}: 1, ${quoted}`);
    await post(`{"query": "{ x }", "__proto__": ${quoted}}`);
    await post(JSON.stringify({ query: "{ project { name } }", operationName: marker }));
    await post(JSON.stringify({ query: "{ project { name } }", variables: marker }));
    await post(JSON.stringify({ query: { marker } }));
    await post(JSON.stringify({ query: "{ project { name } }", extensions: marker }));
    await post(
      JSON.stringify({ extensions: { persistedQuery: { version: 1, sha256Hash: marker } } }),
    );
    await post(JSON.stringify([{ query: marker }]));
    await post(JSON.stringify({ query: `${marker}${" ".repeat(600_000)}` }));
    await post(quoted);
    await post(project, { "content-type": `application/${path}` });
    for (const place of [
      `/graphql?query=${path}`,
      `/graphql?query=%7Bproject%7Bname%7D%7D&variables=${path}`,
      `/graphql?query=%7Bproject%7Bname%7D%7D&operationName=${path}`,
      `/${path}`,
      `/a_${path}_z`,
      `/key-${path}`,
      `/api_${path}`,
      `/client_secret=${path}`,
      `/oauth/token&client_secret=${path}`,
      `/oauth/token%3Fclient_secret%3D${path}`,
      `/%ff${path}`,
      `/projects/${path}/.well-known/jwks.json`,
      `/projects/%ff${path}/.well-known/jwks.json`,
      `/healthz?secret=${path}`,
      `/readyz?secret=${path}`,
      `/schema.graphql?secret=${path}`,
    ]) {
      await http(place, { headers: { ...json, "apollo-require-preflight": "true" } });
      await http(place, { method: "POST", body: quoted, headers: json });
      await http(place, { method: "DELETE" });
    }
  });

  test.each([
    ["a name", (name: string) => name],
    ["the end of a name", (name: string) => `a_${name}`],
    ["the end of a word", (name: string) => `The${name}`],
    ["the beginning of a name", (name: string) => `${name}_z`],
    ["a part of a name", (name: string) => `_${name}x7`],
  ])("as %s in a document does not appear in the log", async (_where, write) => {
    const name = write(/^\w+$/.test(marker) ? marker : "unrelated");
    const from = server.logs().length;
    const failing = 'client(clientId: "\\u0000") { clientId }';
    for (const query of [
      `query ${name} { ${failing} }`,
      `{ ${name}: ${failing} }`,
      `query ($${name}: ID!) { client(clientId: $${name}) { clientId } }`,
      `query ($${name}: ID = 5) { client(clientId: $${name}, ${name}: 1) { clientId @${name} } }`,
      `{ project { ... on ${name} { name } ...${name} } }`,
      `fragment ${name} on Project { name } { project { ...${name} ...${name}x } }`,
      `query ${name}${"x".repeat(400_000)} { ${failing} }`,
    ]) {
      for (const client of [server.operator, server.anonymous]) {
        const { errors } = await client.send(query, {}, {}, name);
        for (const { message } of errors) expectNoMarker("a message", message);
      }
    }
    const lines = server.logs().slice(from).split("\n");
    for (const line of lines) expect(line.length).toBeLessThan(2000);
  });

  test("in any parameter of the OAuth endpoints does not appear anywhere", async () => {
    const project = `/projects/${server.projectId}`;
    const { clientId } = await createClient(server.operator);
    const parameters = {
      grant_type: "client_credentials",
      client_id: clientId,
      client_secret: "wrong",
      client_assertion: "a.b.c",
      client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
      assertion: "a.b.c",
      subject_token: "a.b.c",
      subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
      actor_token: "a.b.c",
      requested_token_type: "x",
      token: "a.b.c",
      scope: "read:users",
      audience: "https://api.example.com",
      resource: "https://api.example.com",
    };
    for (const endpoint of ["token", "introspect", "revoke", "register", `register/${clientId}`]) {
      const path = `${project}/oauth/${endpoint}`;
      for (const name of [...Object.keys(parameters), marker]) {
        const values = { ...parameters, [name]: marker };
        const json = { "content-type": "application/json" };
        const { client_assertion: _, ...withSecret } = values;
        for (const body of [values, withSecret]) {
          await http(path, { method: "POST", body: new URLSearchParams(body) });
          await http(path, { method: "POST", body: JSON.stringify(body), headers: json });
        }
      }
      for (const header of ["authorization", "dpop", "x-request-id", "user-agent", "accept"]) {
        const headers = { [header]: /^\w+$/.test(marker) ? marker : "unrelated" };
        await http(path, { method: "POST", body: new URLSearchParams(parameters), headers });
        await http(path, { method: "PUT", headers });
      }
      await http(`${path}/${encodeURIComponent(marker)}`, { method: "DELETE" });
      await http(`${path}?secret=${encodeURIComponent(marker)}`, { method: "POST" });
    }
  });

  test("in a gateway's question does not appear anywhere", async () => {
    await updateProject(server.operator, { allowBasicVerification: true });
    const { clientId } = await createClient(server.operator);
    const path = `/projects/${server.projectId}/oauth/verify`;
    const written = encodeURIComponent(marker);
    const word = /^\w+$/.test(marker) ? marker : "unrelated";
    const credentials = [
      `Bearer ${word}`,
      `DPoP ${word}`,
      basicAuthorization(clientId, marker),
      basicAuthorization(marker, marker),
      word,
    ];
    const queries = [
      "audience=a&scope=b",
      `audience=${written}`,
      `audience=a&scope=${written}`,
      `audience=a&${written}=b`,
      `audience=a&access_token=${written}`,
      `audience=${written}&audience=${written}`,
    ];
    for (const authorization of credentials) {
      const headers = { authorization, dpop: word, cookie: word, "x-forwarded-uri": `/${word}` };
      for (const query of queries) {
        expect(await http(`${path}?${query}`, { headers })).toBeGreaterThanOrEqual(400);
      }
    }
    await updateProject(server.operator, { allowBasicVerification: false });
  });

  test("as scope or audience of a client does not appear in the log", async () => {
    const client = await createClient(server.operator);
    const authorization = basicAuthorization(client.clientId, client.clientSecret);
    for (const name of ["scope", "audience", "resource"]) {
      const body = new URLSearchParams({ grant_type: "client_credentials", [name]: marker });
      const path = `/projects/${server.projectId}/oauth/token`;
      expect(await http(path, { method: "POST", body, headers: { authorization } })).toBe(400);
    }
  });

  test("as a request parameter of the claims template appears in the token alone", async () => {
    await updateProject(server.operator, {
      claimsTemplate: '{ "marked": {{ request.marked }}, "text": "<{{ request.marked }}>" }',
    });
    const client = await createClient(server.operator);
    const { clientId, clientSecret } = client;
    const path = `/projects/${server.projectId}/oauth/token`;
    const credentials = { client_id: clientId, client_secret: clientSecret };
    const parameters = { grant_type: "client_credentials", ...credentials };
    const body = new URLSearchParams({ ...parameters, marked: marker });
    const issued = await fetch(server.url + path, { method: "POST", body });
    expectNoMarker("a header", JSON.stringify([...issued.headers]));
    const { access_token, ...rest } = (await issued.json()) as { access_token: string };
    expectNoMarker("the rest of the response", JSON.stringify(rest));
    expect(decodeJwt(access_token)).toMatchObject({ marked: marker, text: `<${marker}>` });
    const json = { "content-type": "application/json" };
    for (const marked of [marker.repeat(40), { marker }, { [marker]: 1 }, [marker], [[marker]]]) {
      const text = JSON.stringify({ ...parameters, marked });
      expect(await http(path, { method: "POST", body: text, headers: json })).toBe(400);
    }
    const repeated = new URLSearchParams([...body, ["marked", marker]]);
    expect(await http(path, { method: "POST", body: repeated })).toBe(400);
    body.set("client_secret", "wrong");
    expect(await http(path, { method: "POST", body })).toBe(401);
    for (const requestParameters of [
      [{ name: "marked", value: marker.repeat(40) }],
      [{ name: marker.repeat(10), value: marker }],
      [{ name: "scope", value: marker }],
      [
        { name: "marked", value: marker },
        { name: "marked", value: marker },
      ],
      { name: marker, value: [marker] },
    ]) {
      const input = { clientId, clientSecret, requestParameters };
      const refused = await server.anonymous.send(ISSUE_TOKEN, { input });
      expect(refused.errors).toHaveLength(1);
      expectNoMarker("a refusal", refused.body);
    }
    const requestParameters = [{ name: "marked", value: marker }];
    const { errors } = await server.anonymous.send(ISSUE_TOKEN, {
      input: { clientId, clientSecret, requestParameters },
    });
    expect(errors).toEqual([]);
    await updateProject(server.operator, { claimsTemplate: null });
  });

  test("as a right or wrong client secret does not appear anywhere", async () => {
    const { clientId } = await createClient(server.operator);
    const refused = await server.anonymous.send(ISSUE_TOKEN, {
      input: { clientId, clientSecret: marker },
    });
    expectNoMarker("a refusal", refused.body);
    const imported = await server.operator.send(IMPORT_CLIENT, {
      input: { clientId: `marked-${marker.length}`, clientSecret: marker, idempotencyKey: "once" },
    });
    expect(imported.errors).toEqual([]);
    expectNoMarker("an import", imported.body);
    const issued = await server.anonymous.send(ISSUE_TOKEN, {
      input: { clientId: `marked-${marker.length}`, clientSecret: marker },
    });
    expect(issued.errors).toEqual([]);
    expectNoMarker("a token", issued.body);
  });
});

test("a random secret of somebody else in a path, a scope or an audience does not appear in the log", async () => {
  const server = await startTestServer();
  const marker = `Zq8vLr3kQ7vT9x${randomBytes(24).toString("base64url")}`;
  const project = `/projects/${server.projectId}`;
  for (const place of [
    `/${marker}`,
    `/key-${marker}`,
    `/api_${marker}`,
    `/client_secret=${marker}`,
    `${project}/oauth/token/${marker}`,
    `${project}/oauth/token&client_secret=${marker}`,
    `${project}/oauth/token/client_secret=${marker}`,
    `${project}/oauth/token%3Fclient_secret%3D${marker}`,
  ]) {
    expect((await fetch(`${server.url}${place}`)).status).toBe(404);
  }
  const client = await createClient(server.operator);
  const authorization = basicAuthorization(client.clientId, client.clientSecret);
  for (const name of ["scope", "audience", "resource"]) {
    const body = new URLSearchParams({ grant_type: "client_credentials", [name]: marker });
    const request = { method: "POST", body, headers: { authorization } };
    expect((await fetch(`${server.url}${project}/oauth/token`, request)).status).toBe(400);
  }
  expect(server.logs()).toContain(`"path":"${project}/oauth/token/…"`);
  expect(server.logs()).toContain('"scopes":"…"');
  expect(server.logs()).not.toContain(marker);
  expect(server.logs()).not.toContain(marker.slice(-20));
  await server.stop();
});
