import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import bcrypt from "bcryptjs";
import fc from "fast-check";
import { decodeJwt } from "jose";
import {
  basicHeader,
  createApi,
  createGrant,
  GRANT,
  post,
  tokenPath,
} from "../oauth/oauth-operations.js";
import { basicAuthorization } from "../support/graphql-client.js";
import { IMPORT_CLIENT, importClient, issueToken, tokenFailure } from "../support/operations.js";
import "../support/properties.js";
import { runs } from "../support/property-runs.js";
import { startTestServer, type TestServer } from "../support/test-server.js";

const SECRET = "kT5-wQ8zX1cV4bN7mL0pJ3hG6fD9sA2";
const SECRET_HASH = bcrypt.hashSync(SECRET, 4);
const VISIBLE = Array.from({ length: 94 }, (_, index) => String.fromCharCode(0x21 + index));
const ALLOWED = VISIBLE.filter((character) => !'"%\\'.includes(character));

const FIND = `query ($clientId: ID!, $filter: AuditEventFilter, $name: String!) {
  client(clientId: $clientId) { id clientId grants { nodes { clientId } } }
  clients(filter: { clientIds: [$clientId], nameContains: $name }) { nodes { clientId } }
  auditEvents(filter: $filter) { nodes { action targetId target { id } } }
}`;

describe("an imported client id", () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer();
  });

  afterAll(async () => {
    await server.stop();
  });

  const failure = (clientId: string) =>
    server.operator.failure(IMPORT_CLIENT, { input: { clientId, secretHash: SECRET_HASH } });

  test("may have every visible character of ASCII but quotation mark, percent sign and backslash", async () => {
    await importClient(server.operator, { clientId: ALLOWED.join(""), secretHash: SECRET_HASH });
    for (const character of [...'"%\\ \t\n\u0000\u007fé€', "😀"]) {
      const { message, extensions } = await failure(`a${character}b`);
      expect(message).toMatch(/printable ASCII characters without spaces/);
      expect(extensions).toEqual({ code: "BAD_USER_INPUT", path: ["input", "clientId"] });
    }
  });

  test("may not be the project's id, or look like the subject of another kind of token", async () => {
    for (const clientId of [server.projectId, "abc@clients", `member_${"a".repeat(22)}`]) {
      expect((await failure(clientId)).extensions).toEqual({
        code: "BAD_USER_INPUT",
        path: ["input", "clientId"],
      });
    }
  });

  test("works wherever an id goes, whatever characters it has", async () => {
    const api = await createApi(server.operator);
    const ids = fc
      .array(fc.constantFrom(...ALLOWED), { minLength: 1, maxLength: 40 })
      .map((characters) => characters.join(""));
    let count = 0;
    await fc.assert(
      fc.asyncProperty(ids, async (text) => {
        const clientId = `${text}${++count}`;
        const client = { clientId, clientSecret: SECRET };
        const input = { clientId, secretHash: SECRET_HASH, name: clientId, scopes: ["a"] };
        await importClient(server.operator, input);
        await createGrant(server.operator, client, api);
        const found = await server.operator.request(FIND, {
          clientId,
          name: clientId,
          filter: { targetId: clientId, action: "CLIENT_IMPORT" },
        });
        const { id } = found.client;
        expect(found).toEqual({
          client: { id, clientId, grants: { nodes: [{ clientId }] } },
          clients: { nodes: [{ clientId }] },
          auditEvents: { nodes: [{ action: "CLIENT_IMPORT", targetId: clientId, target: { id } }] },
        });
        const { node } = await server.operator.request(
          "query ($id: ID!) { node(id: $id) { ... on Client { clientId } } }",
          { id },
        );
        expect(node).toEqual({ clientId });

        const { accessToken } = await issueToken(server.anonymous, client);
        expect(decodeJwt(accessToken)).toMatchObject({ sub: clientId, client_id: clientId });
        const raw = { authorization: basicAuthorization(clientId, SECRET) };
        const encoded = basicHeader(client);
        const headers = clientId.includes(":") ? [encoded] : [encoded, raw];
        for (const header of headers) {
          expect((await post(server, tokenPath(server), GRANT, header)).status).toBe(200);
        }
        const endpoint = (name: string) =>
          post(
            server,
            `/projects/${server.projectId}/oauth/${name}`,
            { token: accessToken, client_id: clientId },
            encoded,
          );
        expect((await endpoint("introspect")).body).toMatchObject({ active: true, sub: clientId });
        expect((await endpoint("revoke")).status).toBe(200);
        expect((await endpoint("introspect")).body).toEqual({ active: false });

        const from = server.logs().length;
        await tokenFailure(server.anonymous, { clientId, clientSecret: "wrong" });
        const lines = server.logs().slice(from).trim().split("\n");
        const logged = lines.map((line) => JSON.parse(line).clientId).find((value) => value);
        expect(logged).toBe(clientId);
      }),
      { numRuns: runs(200) },
    );
  });
});
