import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type AdapterServer, startAllServers } from "./adapter-servers.js";
import { CASES, type Issuer, withProof } from "./request-cases.js";
import { ask, askIssuer, startIssuer } from "./token-requests.js";

describe("requests with and without tokens", () => {
  let issuer: Issuer;
  let servers: AdapterServer[];

  beforeAll(async () => {
    issuer = await startIssuer();
    servers = await startAllServers({ verifier: issuer.verifier() });
  });

  afterAll(async () => {
    await Promise.all([issuer.server, ...servers].map((server) => server.stop()));
  });

  const verdictOf = ({ status, error }: { status: number; error: string | null }) =>
    error ? `${status} ${error}` : String(status);

  test.each(CASES)("$title: $verdict", async (asked) => {
    const { verdict, request, query, notAtIssuer, notAtYoga } = asked;
    const expected: Record<string, string> = {};
    const verdicts: Record<string, string> = {};
    for (const server of servers.filter(({ name }) => !(notAtYoga && name === "yoga"))) {
      const path = query ? `?${query}=${issuer.tokens.good}` : "";
      const answer = await ask(server, await request(issuer, server), path);
      verdicts[server.name] = verdictOf(answer);
      expected[server.name] = verdict;
      if (notAtIssuer) continue;
      const sent = await request(issuer, server);
      const ofIssuer = await askIssuer(
        issuer.server,
        { identifier: issuer.audience },
        server,
        sent,
      );
      verdicts[`issuer for ${server.name}`] = verdictOf(ofIssuer);
      expected[`issuer for ${server.name}`] = verdict;
    }
    expect(verdicts).toEqual(expected);
  });

  test("a proof that has been used is refused", async () => {
    for (const server of servers) {
      const sent = withProof(issuer, await issuer.proof(server));
      expect((await ask(server, sent)).status).toBe(200);
      expect(await ask(server, sent)).toMatchObject({ status: 401, error: "invalid_dpop_proof" });
    }
  });
});
