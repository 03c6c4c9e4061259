import { expect, test } from "@jest/globals";
import { constantCase } from "../../../src/graphql-types/graphql-enum.js";

test.each([
  ["clients:write", "CLIENTS_WRITE"],
  ["management_keys:read", "MANAGEMENT_KEYS_READ"],
  ["clientGrant.create", "CLIENT_GRANT_CREATE"],
  ["client.rotateSecret", "CLIENT_ROTATE_SECRET"],
])("%s is %s in GraphQL", (text, name) => {
  expect(constantCase(text)).toBe(name);
});
