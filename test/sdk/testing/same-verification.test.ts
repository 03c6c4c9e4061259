import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { clientKey } from "../../oauth/oauth-operations.js";
import { basicAuthorization } from "../../support/graphql-client.js";
import { type BothIssuers, type Side, startBoth } from "./both-issuers.js";
import { type Compared, expectSameAnswer } from "./compared-answers.js";
import { everyKind, ORDERS, SECRET } from "./setups.js";
import { of } from "./token-requests.js";

let both: BothIssuers;
const tokens = new Map<Side, string>();

beforeAll(async () => {
  both = await startBoth(everyKind((await clientKey()).jwk));
  for (const side of both.sides) {
    const form = new URLSearchParams(of("shop", { audience: ORDERS }).form);
    const { body } = await side.fetch("/oauth/token", { method: "POST", body: form });
    tokens.set(side, body.access_token);
  }
});

afterAll(async () => {
  await both.stop();
});

const verify =
  (query: string, authorization?: (side: Side) => string) =>
  (side: Side): Compared => ({
    method: "GET",
    path: `/oauth/verify${query}`,
    headers: authorization ? { authorization: authorization(side) } : {},
  });
const bearer = (side: Side) => `Bearer ${tokens.get(side)}`;
const audience = `?audience=${encodeURIComponent(ORDERS)}`;

test.each<[string, string, (side: Side) => string]>([
  ["a token", audience, bearer],
  ["a token without a required scope", `${audience}&scope=orders:delete`, bearer],
  ["a token for another audience", "?audience=https://other.test", bearer],
  ["nonsense", audience, () => "Bearer nonsense"],
  ["another scheme", audience, () => "Negotiate abc"],
  [
    "HTTP Basic, which the project does not allow",
    audience,
    () => basicAuthorization("shop", SECRET),
  ],
  ["a configuration without an audience", "", bearer],
  ["a configuration with a misspelt parameter", `${audience}&scopes=orders:read`, bearer],
])("a gateway gets the server's answer for %s", async (_title, query, authorization) => {
  await expectSameAnswer(both, verify(query, authorization));
});

test("a gateway gets the server's answer without a credential, and for another method", async () => {
  const [refused] = await expectSameAnswer(both, verify(audience));
  expect(refused.status).toBe(401);
  await expectSameAnswer(both, (side) => ({ ...verify(audience, bearer)(side), method: "POST" }));
});
