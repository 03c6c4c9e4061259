import { afterAll, beforeAll, expect, jest, test } from "@jest/globals";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { createSessionMember } from "./session-operations.js";

let server: TestServer;
let member: Awaited<ReturnType<typeof createSessionMember>>;

beforeAll(async () => {
  server = await startTestServer();
  member = await createSessionMember(server, server.operator);
});

afterAll(async () => {
  await server.stop();
});

interface Operation {
  name: "attestSession" | "authenticateSession" | "exchangeSession";
  type: string;
  input: (sessionToken: string) => Promise<object>;
}

const OPERATIONS: Operation[] = [
  {
    name: "attestSession",
    type: "AttestSession",
    input: async (sessionToken) => ({
      profileId: member.profileId,
      organizationId: member.organizationId,
      token: await member.token(),
      session: { sessionToken },
    }),
  },
  {
    name: "authenticateSession",
    type: "AuthenticateSession",
    input: async (sessionToken) => ({ credential: { sessionToken } }),
  },
  {
    name: "exchangeSession",
    type: "ExchangeSession",
    input: async (sessionToken) => ({
      organizationId: member.organizationId,
      credential: { sessionToken },
    }),
  },
];

async function send({ name, type, input }: Operation, selection: string) {
  const document = `mutation ($input: ${type}Input!, $isWanted: Boolean!) {
    ${name}(input: $input) { ${selection} }
  }
  fragment Jwt on ${type}Payload { sessionJwt }`;
  const { sessionToken } = await member.startSession();
  const variables = { input: await input(sessionToken), isWanted: false };
  const sign = jest.spyOn(server.services.signingKeys, "sign");
  try {
    const { [name]: payload } = await server.operator.request(document, variables);
    return { payload, signatures: sign.mock.calls.length };
  } finally {
    sign.mockRestore();
  }
}

test.each(OPERATIONS)("$name signs one JWT, however often it is selected", async (operation) => {
  const selection = "first: sessionJwt second: sessionJwt @skip(if: $isWanted) ...Jwt";
  const { payload, signatures } = await send(operation, selection);
  const { sessionJwt } = payload;
  expect(sessionJwt).toMatch(/^ey[\w-]+\.ey[\w-]+\.[\w-]+$/);
  expect(payload).toEqual({ first: sessionJwt, second: sessionJwt, sessionJwt });
  expect(signatures).toBe(1);
});

test.each(OPERATIONS)("$name signs no JWT that is not selected", async (operation) => {
  const selection =
    "session { sessionId } sessionJwt @include(if: $isWanted) ...Jwt @skip(if: true)";
  const { payload, signatures } = await send(operation, selection);
  expect(payload).toEqual({ session: { sessionId: expect.any(String) } });
  expect(signatures).toBe(0);
});
