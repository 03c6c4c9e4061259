import { createTokenSource, secretFile, type TokenSourceOptions } from "@countersign/sdk/client";
import { describe, expect, test } from "@jest/globals";

const RIGHT = {
  issuer: "https://auth.example.com/projects/project_1",
  clientId: "client_1",
  clientSecret: "secret",
};

describe("createTokenSource", () => {
  test.each<[string, object, RegExp]>([
    ["no issuer", { issuer: undefined }, /`issuer` must be the URL/],
    ["an empty issuer", { issuer: "" }, /`issuer` must be the URL/],
    ["an issuer without a scheme", { issuer: "localhost:4000" }, /`issuer` must be the URL/],
    ["an issuer without TLS", { issuer: "http://auth.example.com" }, /must be https/],
    ["no client id", { clientId: undefined }, /clientId is missing/],
    ["a client id with the newline of its file", { clientId: "client_1\n" }, /white space/],
    ["no credential", { clientSecret: undefined }, /Give clientSecret, privateKey or/],
    ["scopes that are one string", { scopes: "orders:read" }, /`scopes` must be a list/],
    ["scopes by another name", { scope: "orders:read" }, /no option `scope`/],
    [
      "a misspelt option, with which the token would go anywhere",
      { allowedOrigin: ["https://api.example.com"] },
      /no option `allowedOrigin`/,
    ],
    ["two scopes in one string", { scopes: ["orders:read orders:write"] }, /one word/],
  ])("refuses %s with a sentence", (_, options, message) => {
    const create = () => createTokenSource({ ...RIGHT, ...options } as TokenSourceOptions);
    expect(create).toThrow(TypeError);
    expect(create).toThrow(message);
  });

  test.each<[string, object, RegExp]>([
    ["that are one string", { scopes: "orders:read" }, /must be a list/],
    ["by another name", { scope: "orders:read" }, /no option `scope`/],
  ])("refuses scopes of a call %s", async (_, options, message) => {
    await expect(createTokenSource(RIGHT).getToken(options)).rejects.toThrow(message);
  });

  test("sends nothing where a function has no secret", async () => {
    const clientSecret = () => undefined as unknown as string;
    const fetch = () => Promise.reject(new Error("sent"));
    const tokens = createTokenSource({ ...RIGHT, clientSecret, fetch, retrySeconds: 0 });
    await expect(tokens.getToken()).rejects.toThrow("clientSecret has no secret");
  });

  test("refuses a secret file without a path", () => {
    expect(() => secretFile(undefined as unknown as string)).toThrow("the path of a file");
  });
});
