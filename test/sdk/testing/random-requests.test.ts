import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { clientKey } from "../../oauth/oauth-operations.js";
import { runs } from "../../support/property-runs.js";
import { type BothIssuers, startBoth } from "./both-issuers.js";
import { expectSameAnswer } from "./compared-answers.js";
import { everyKind, LEGACY, ORDERS, SECRET, SHORT, STOCK, STRICT } from "./setups.js";

const scope = fc.constantFrom(
  ..."orders:read orders:write orders:* orders:* stock:read ping jobs:run jobs:* jobs:x a :* * read".split(
    " ",
  ),
  "a\tb",
  "ä",
);
const request = fc.record(
  {
    client_id: fc.constantFrom("shop", "wildcards", "nobody", "posting", "useless"),
    audience: fc.constantFrom(ORDERS, STOCK, LEGACY, STRICT, SHORT, "PROJECT", "https://no.test"),
    resource: fc.constantFrom(ORDERS, STOCK, ""),
    scope: fc.array(scope, { maxLength: 4 }).map((scopes) => scopes.join(" ")),
    trace: fc.string({ maxLength: 300 }),
    unknown: fc.string(),
  },
  { requiredKeys: ["client_id"] },
);

describe("an issuer of tests and the server", () => {
  let both: BothIssuers;

  beforeAll(async () => {
    both = await startBoth(everyKind((await clientKey()).jwk));
  });

  afterAll(async () => {
    await both.stop();
  });

  test("answer every request for a token alike", async () => {
    const statuses = new Set<number>();
    const isSame = async (parameters: Record<string, string | undefined>) => {
      const given = Object.entries(parameters).filter(([, value]) => value !== undefined);
      const text = JSON.stringify(Object.fromEntries(given)).replace("PROJECT", both.projectId);
      const form = {
        ...(JSON.parse(text) as Record<string, string>),
        grant_type: "client_credentials",
        client_secret: SECRET,
      };
      const [{ status }] = await expectSameAnswer(both, { form });
      statuses.add(status);
    };
    await fc.assert(fc.asyncProperty(request, isSame), { numRuns: runs(2000) });
    expect([...statuses].sort()).toEqual([200, 400, 403]);
  });
});
