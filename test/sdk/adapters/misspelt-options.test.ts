import * as express from "@countersign/sdk/express";
import * as fastify from "@countersign/sdk/fastify";
import * as graphql from "@countersign/sdk/graphql";
import * as hono from "@countersign/sdk/hono";
import { createVerifier } from "@countersign/sdk/verify";
import { describe, expect, test } from "@jest/globals";

const verifier = createVerifier({
  issuer: "https://auth.example.com",
  audience: "https://api.example.com",
});

describe.each(Object.entries({ express, fastify, graphql, hono }))("%s", (_, adapter) => {
  test.each<[string, object, RegExp]>([
    ["no verifier", { scopes: ["orders:read"] }, /Give the `verifier`/],
    ["a verifier in place of options", verifier, /no option `issuer`/],
    [
      "a misspelt `scopes`, which would require none",
      { verifier, scope: ["a"] },
      /no option `scope`/,
    ],
    ["scopes that are one string", { verifier, scopes: "orders:read" }, /must be a list/],
    ["two scopes in one string", { verifier, scopes: ["a b"] }, /one word/],
  ])("refuses %s when the route is made", (_, options, message) => {
    expect(() => adapter.requireAccessToken(options as { verifier: typeof verifier })).toThrow(
      message,
    );
  });

  test("refuses scopes of a session, which has none", () => {
    const options = { verifier, scopes: ["orders:read"] };
    expect(() => adapter.requireSession(options)).toThrow(/no option `scopes`/);
  });
});

test("requireScopes refuses scopes that are one string", () => {
  expect(() => graphql.requireScopes("orders:read" as unknown as [], () => 1)).toThrow(
    /must be a list/,
  );
});
