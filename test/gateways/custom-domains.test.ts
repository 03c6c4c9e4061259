import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { request } from "node:https";
import { tmpdir } from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { decodeJwt } from "jose";
import { clientKey, dpopProof } from "../oauth/oauth-operations.js";
import { CertificateFactory } from "../support/certificates.js";
import { basicAuthorization } from "../support/graphql-client.js";
import { describeUnlessMissing } from "../support/left-out.js";
import { freePort } from "../support/live-server.js";
import { blocksOf } from "../support/markdown-blocks.js";
import { type Credentials, createClient, updateProject } from "../support/operations.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { waitUntil } from "../support/wait-until.js";
import { caddy, type Gateway, nginx, replaceAll, runCaddy, runNginx } from "./gateway-programs.js";

const GUIDE = "docs/operations/custom-domains.md";
const DOMAIN = "auth.example.com";
const ISSUER = `https://${DOMAIN}/`;
const CERTIFICATE = `/etc/ssl/${DOMAIN}/fullchain.pem`;
const KEY = `/etc/ssl/${DOMAIN}/privkey.pem`;

const folder = mkdtempSync(path.join(tmpdir(), "countersign-domain-"));
const certificates = new CertificateFactory(folder);
const authority = certificates.authority("authority");
const own = certificates.forServer("own", { host: `DNS:${DOMAIN}`, signedBy: authority });
const placedFiles = [
  [CERTIFICATE, own.certificateFile],
  [KEY, own.keyFile],
] as const;
const code = (language: string, index = 0) => blocksOf(GUIDE, language)[index]?.code ?? "";

interface Way {
  name: string;
  missing: string | null;
  /** @param upstream host and port of the server */
  start(upstream: string, port: number): Promise<Gateway>;
  /** File of the authority that callers trust. */
  authorityFile(proxy: Gateway): string;
}

const caddyOptions = (port: number) => [
  "local_certs",
  "skip_install_trust",
  "default_bind 127.0.0.1",
  "auto_https disable_redirects",
  `https_port ${port}`,
];
const caddySite = (upstream: string) =>
  replaceAll(code("caddyfile"), [["127.0.0.1:4000", upstream]]);

const WAYS: Way[] = [
  {
    ...{ name: "Caddy with a certificate that it manages", missing: caddy.missing },
    // Caddy's own authority takes the place of Let's Encrypt, which cannot reach a test.
    start: (upstream, port) => runCaddy(caddySite(upstream), port, caddyOptions(port)),
    authorityFile: (proxy) => `${proxy.folder}/data/caddy/pki/authorities/local/root.crt`,
  },
  {
    ...{ name: "Caddy with a certificate of one's own", missing: caddy.missing },
    start: (upstream, port) => {
      const tls = replaceAll(code("caddyfile", 1), placedFiles);
      const site = replaceAll(caddySite(upstream), [["{\n", `{\n\t${tls.trim()}\n`]]);
      return runCaddy(site, port, caddyOptions(port));
    },
    authorityFile: () => authority.certificateFile,
  },
  {
    ...{ name: "nginx", missing: nginx.missing },
    start: (upstream, port) => {
      const places = [
        ...placedFiles,
        ["listen 443", `listen 127.0.0.1:${port}`],
        ["127.0.0.1:4000", upstream],
      ] as const;
      return runNginx(replaceAll(code("nginx"), places), port);
    },
    authorityFile: () => authority.certificateFile,
  },
];

interface Sent {
  method?: string;
  headers?: Record<string, string>;
  body?: string;
}

/** Asks as the world does, but for the address, which the DNS would tell. */
function ask(
  { port, authorityFile }: { port: number; authorityFile: string },
  target: string,
  { method, headers, body }: Sent = {},
) {
  return new Promise<{ status: number | undefined; body: string; nonce: unknown }>(
    (resolve, reject) => {
      const sent = request(
        {
          ...{ host: "127.0.0.1", port, servername: DOMAIN, path: target, method, agent: false },
          ca: readFileSync(authorityFile),
          headers: { host: DOMAIN, ...headers },
        },
        async (response) => {
          const { statusCode: status, headers: answered } = response;
          resolve({ status, body: await text(response), nonce: answered["dpop-nonce"] });
        },
      );
      sent.once("error", reject);
      sent.end(body);
    },
  );
}

let server: TestServer;
let project: Awaited<ReturnType<TestServer["otherProject"]>>;
let client: Credentials;

const tokenRequest = ({ clientId, clientSecret }: Credentials, headers: object = {}): Sent => ({
  method: "POST",
  headers: {
    "content-type": "application/x-www-form-urlencoded",
    authorization: basicAuthorization(clientId, clientSecret),
    ...headers,
  },
  body: "grant_type=client_credentials",
});

beforeAll(async () => {
  server = await startTestServer({ trustedProxies: ["127.0.0.1"] });
  // Requests that arrive under another name are the first project's.
  project = await server.otherProject();
  await updateProject(project.operator, { issuer: ISSUER });
  client = await createClient(project.operator);
});

afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});

describe.each(WAYS)("docs/operations/custom-domains.md", (way) => {
  describeUnlessMissing(way.missing, `a custom domain behind ${way.name}`, () => {
    let proxy: Gateway;
    let place: { port: number; authorityFile: string };

    beforeAll(async () => {
      const port = await freePort();
      proxy = await way.start(new URL(server.url).host, port);
      place = { port, authorityFile: way.authorityFile(proxy) };
      await waitUntil(() => existsSync(place.authorityFile));
      // Caddy issues the certificate after it listens.
      await waitUntil(() =>
        ask(place, "/healthz").then(
          ({ status }) => status === 200,
          () => false,
        ),
      );
    });

    afterAll(() => proxy?.stop());

    test("serves the project's metadata and key set under its issuer", async () => {
      const { status, body } = await ask(place, "/.well-known/oauth-authorization-server");
      const metadata = JSON.parse(body);
      expect([status, metadata.issuer]).toEqual([200, ISSUER]);
      for (const name of ["token_endpoint", "jwks_uri", "introspection_endpoint"]) {
        expect(metadata[name]).toMatch(new RegExp(`^${ISSUER}`));
      }
      const keySet = await ask(place, new URL(metadata.jwks_uri).pathname);
      expect(JSON.parse(keySet.body).keys).not.toEqual([]);
    });

    // Below the issuer, the server knows the URL without the proxy's headers.
    test.each(["/oauth/token", "/projects/<id>/oauth/token"])(
      "binds a token at %s to a key",
      async (given) => {
        const target = given.replace("<id>", project.projectId);
        const key = await clientKey();
        const claims = { htu: `https://${DOMAIN}${target}` };
        const asked = async (nonce?: unknown) => {
          const dpop = await dpopProof(server, key, { claims: { ...claims, nonce } });
          return ask(place, target, tokenRequest(client, { dpop }));
        };
        const { nonce } = await asked();
        const { status, body } = await asked(nonce);
        expect([status, decodeJwt(JSON.parse(body).access_token)]).toEqual([
          200,
          expect.objectContaining({ iss: ISSUER, cnf: expect.anything() }),
        ]);
      },
    );

    test("logs the caller's address and not the one that the caller claims", async () => {
      const { clientId } = client;
      const wrong = { clientId, clientSecret: "a secret that is not this client's" };
      const claimed = { "x-forwarded-for": "203.0.113.7", "x-forwarded-proto": "http" };
      expect((await ask(place, "/oauth/token", tokenRequest(wrong, claimed))).status).toBe(401);
      const refused = server
        .logs()
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line));
      const { ipAddress } = refused.findLast(({ refusal }) => refusal === "SECRET_WRONG");
      expect(ipAddress).toBe("127.0.0.1");
    });
  });
});

test("the server itself serves a custom domain with TLS files", async () => {
  const files = { certificateFile: `${folder}/tls.pem`, keyFile: `${folder}/tls.key` };
  copyFileSync(own.certificateFile, files.certificateFile);
  copyFileSync(own.keyFile, files.keyFile);
  const port = await freePort();
  await server.restart({ tls: files, port });
  const place = { port, authorityFile: authority.certificateFile };
  const { body } = await ask(place, "/oauth/token", tokenRequest(client));
  expect(decodeJwt(JSON.parse(body).access_token).iss).toBe(ISSUER);
  // The guide names what the settings are called.
  expect(code("text")).toContain(`TLS_CERT_FILE=${CERTIFICATE} TLS_KEY_FILE=${KEY}`);
});
