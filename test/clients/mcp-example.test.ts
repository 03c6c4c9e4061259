import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import {
  basicHeader,
  clientKey,
  createGrant,
  dpopProof,
  GRANT,
} from "../oauth/oauth-operations.js";
import { describeUnlessMissing } from "../support/left-out.js";
import { freePort } from "../support/live-server.js";
import {
  freeMcpUrl,
  MCP_EXAMPLE,
  type McpServer,
  missingExample,
  startMcpServer,
} from "../support/mcp-server.js";
import { createClient } from "../support/operations.js";
import { findMissing } from "../support/programs.js";
import { runProgram } from "../support/run-program.js";
import { untoldParts } from "../support/stories.js";
import { mcpSdks } from "./mcp-sdks.js";
import { PYTHON, WHEELS } from "./python-folder.js";
import { startTokenCorpus, type Verification } from "./token-corpus.js";
import { TYPESCRIPT_FOLDER } from "./typescript-folder.js";

const GUIDE = readFileSync("docs/agents-and-mcp.md", "utf8");

const API_BY_IDENTIFIER =
  "query ($identifier: String!) { apiByIdentifier(identifier: $identifier) { apiId } }";

describeUnlessMissing(missingExample, "The MCP server of the example", () => {
  let corpus: Awaited<ReturnType<typeof startTokenCorpus>>;
  let verification: Verification;
  let mcp: McpServer;
  let url: string;

  beforeAll(async () => {
    corpus = await startTokenCorpus();
    const ofRfc9068 = corpus.verifications.find(({ typ }) => typ === "at+jwt");
    if (ofRfc9068?.algorithm !== "RS256") throw new Error("no tokens for the MCP server");
    verification = ofRfc9068;
    const { audience, issuer } = verification;
    const port = String(await freePort());
    mcp = await startMcpServer({ resource: audience, authorization_servers: [issuer] }, port);
    url = `http://localhost:${port}${new URL(audience).pathname}`;
  });

  afterAll(async () => {
    await corpus.server.stop();
    await mcp.stop();
  });

  const call = async (token: string) => {
    const headers = { authorization: `Bearer ${token}` };
    const { status, headers: answered } = await fetch(url, { method: "POST", headers });
    return `${status} ${answered.get("www-authenticate")}`;
  };

  test("knows an access token for it, which lacks a scope, from one that is none", async () => {
    const { valid, invalid, ofAnotherType } = verification;
    for (const [title, token] of Object.entries(valid)) {
      expect([title, await call(token)]).toEqual([
        title,
        expect.stringMatching(/^403 .*"insufficient_scope"/),
      ]);
    }
    for (const [title, token] of Object.entries({ ...invalid, ...ofAnotherType })) {
      expect([title, await call(token)]).toEqual([
        title,
        expect.stringMatching(/^401 .*"invalid_token"/),
      ]);
    }
  });

  test("takes no token without the proof of the key that it is bound to", async () => {
    const { operator, issuer } = corpus.server;
    const { apiId } = (
      await operator.request(API_BY_IDENTIFIER, { identifier: verification.audience })
    ).apiByIdentifier;
    const client = await createClient(operator, { dpopBoundAccessTokens: true });
    await createGrant(operator, client, { apiId });
    const endpoint = `${issuer}/oauth/token`;
    const key = await clientKey();
    const ask = async (nonce?: string | null) => {
      const iat = Math.floor(Date.now() / 1000);
      const dpop = await dpopProof(corpus.server, key, { claims: { htu: endpoint, iat, nonce } });
      return fetch(endpoint, {
        method: "POST",
        headers: { ...basicHeader(client), dpop },
        body: new URLSearchParams({ ...GRANT, resource: verification.audience }),
      });
    };
    const answer = await ask((await ask()).headers.get("dpop-nonce"));
    const { access_token: token } = (await answer.json()) as { access_token: string };
    expect(await call(token)).toMatch(/^401 .*"The token is bound to a key"/);
  });

  test("blames no token for keys that it cannot fetch", async () => {
    const resource = await freeMcpUrl();
    const issuer = new URL(resource).origin; // which has no keys
    const server = await startMcpServer({ resource, authorization_servers: [issuer] });
    const token = verification.valid["an access token"];
    const headers = { authorization: `Bearer ${token}` };
    expect((await fetch(resource, { method: "POST", headers })).status).toBe(500);
    await server.stop();
  });

  test("serves its metadata to everybody", async () => {
    const { origin, pathname } = new URL(url);
    const served = await fetch(`${origin}/.well-known/oauth-protected-resource${pathname}`);
    expect(await served.json()).toMatchObject({ resource: verification.audience });
    expect((await fetch(origin)).status).toBe(404);
  });
});

const missingPython = await findMissing(PYTHON);

describeUnlessMissing(missingExample, "npm run example:mcp", () => {
  let story: string;
  let ofPython: string | undefined;

  beforeAll(async () => {
    // Without its installation, which would take the packages away from other tests.
    const { scripts } = JSON.parse(readFileSync("package.json", "utf8"));
    const command = scripts["example:mcp"].replace(
      `npm ci --silent --prefix ${MCP_EXAMPLE} && `,
      "",
    );
    const output = await runProgram("bash", ["-c", command], { PYTHONPATH: WHEELS });
    [story = "", ofPython] = output.split("The agent in Python");
  });

  test("tells what its README says", () => {
    expect(untoldParts(`${MCP_EXAMPLE}/README.md`, story)).toEqual([]);
  });

  describeUnlessMissing(missingPython, "with Python", () => {
    test("runs the agent in Python too", () => {
      expect(ofPython).toMatch(/403 Bearer error="insufficient_scope".*\n.* calls refund_order\n/);
      expect(ofPython).toMatch(/agent: 1002 is refunded\n$/);
    });
  });
});

describeUnlessMissing(missingExample, "The code of the example", () => {
  test("has right types", async () => {
    await runProgram("node_modules/.bin/tsc", ["--project", MCP_EXAMPLE]);
  });
});

test("the guide to agents names what the SDKs throw", async () => {
  for (const { says } of await mcpSdks()) {
    const names = Object.values(says).flatMap((text) => text.match(/\w+Error\b/g) ?? []);
    for (const name of names) expect(GUIDE).toContain(name);
  }
});

test("the guide to agents names the versions of the SDKs, which the example has", () => {
  const packages = (folder: string): Record<string, string> =>
    JSON.parse(readFileSync(`${folder}/package.json`, "utf8")).dependencies;
  const tested = packages(TYPESCRIPT_FOLDER);
  for (const name of ["@modelcontextprotocol/client", "@modelcontextprotocol/sdk"]) {
    expect(GUIDE).toContain(`\`${name}\` ${tested[name]}`);
  }
  expect(packages(MCP_EXAMPLE)).toMatchObject({
    "@modelcontextprotocol/client": tested["@modelcontextprotocol/client"],
  });
  const python = readFileSync(`${MCP_EXAMPLE}/requirements.txt`, "utf8").trim();
  expect(readFileSync("test/clients/python/requirements.txt", "utf8")).toContain(`\n${python}\n`);
  expect(GUIDE.replaceAll("\n", " ")).toContain(`\`mcp\` ${python.replace("mcp==", "")}`);
});
