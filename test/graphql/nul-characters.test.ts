import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import {
  operationText,
  rootFields,
  sampleArguments,
  valuesWith,
} from "../support/any-operation.js";
import { startTestServer, type TestServer } from "../support/test-server.js";

describe.each([
  ["the NUL character", "a\u0000b"],
  ["a lone surrogate", "a\ud800b"],
])("%s", (_what, text) => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer();
  });

  afterAll(async () => {
    await server.stop();
  });

  test.each(rootFields.map(({ field }) => [field.name, field] as const))(
    "in any text of %s causes no internal error",
    async (_name, field) => {
      for (const arg of field.args) {
        for (const value of valuesWith(text, arg.type)) {
          const { status, errors } = await server.operator.send(operationText(field), {
            ...sampleArguments(field),
            [arg.name]: value,
          });
          const codes = errors.map(({ extensions }) => extensions.code);
          expect([JSON.stringify(value), codes]).not.toEqual([
            JSON.stringify(value),
            ["INTERNAL_SERVER_ERROR"],
          ]);
          expect(status).toBeLessThan(500);
        }
      }
    },
  );
});
