import { readFileSync } from "node:fs";
import type { RequestListener } from "node:http";
import tls from "node:tls";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import type { ApplicationOptions } from "../../src/application.js";
import { AllowedHosts } from "../../src/key-sets/allowed-hosts.js";
import {
  ASSERTION_TYPE,
  assertion,
  clientKey,
  GRANT,
  post,
  tokenPath,
} from "../oauth/oauth-operations.js";
import { createMember, createOrganization } from "../organizations/organization-operations.js";
import { type ConnectProxy, startConnectProxy } from "../support/connect-proxy.js";
import { createClient } from "../support/operations.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { type TlsKeyServers, tlsKeyServers } from "../support/tls-key-server.js";
import {
  attest,
  CREATE_PROFILE,
  createProfile,
  profileInput,
  testProfile,
} from "./attestation-operations.js";
import { type ForeignIssuer, foreignIssuer } from "./foreign-issuer.js";

describe("key sets that are not on the public internet", () => {
  let server: TestServer;
  let issuer: ForeignIssuer;
  let organizationId: string;
  let tlsServers: TlsKeyServers;
  let proxy: ConnectProxy;
  let requests: { path: string; userAgent: string | undefined }[];
  const trusted = tls.getCACertificates("default");

  beforeAll(async () => {
    tlsServers = tlsKeyServers();
    // As NODE_EXTRA_CA_CERTS does at the start of a process.
    tls.setDefaultCACertificates([
      ...trusted,
      readFileSync(tlsServers.authority.certificateFile, "utf8"),
    ]);
    server = await startTestServer();
    issuer = await foreignIssuer(server.clock);
    organizationId = (await createOrganization(server.operator)).organizationId;
    await createMember(server.operator, organizationId);
    proxy = await startConnectProxy();
  });

  beforeEach(() => {
    requests = [];
    proxy.requests = [];
    proxy.answer = null;
    server.clock.advance(61);
  });

  afterAll(async () => {
    tls.setDefaultCACertificates(trusted);
    tlsServers.stop();
    await server.stop();
    await proxy.stop();
  });

  const answer: RequestListener = ({ url = "", headers }, response) => {
    requests.push({ path: url, userAgent: headers["user-agent"] });
    response.end(JSON.stringify({ keys: [{ ...issuer.jwk, kid: "one" }] }));
  };
  const restart = (options: Partial<ApplicationOptions>) => server.restart(options);
  const allow = (list: string, options: Partial<ApplicationOptions> = {}) =>
    restart({ keySetAllowedHosts: AllowedHosts.parse(list), ...options });
  const profileAt = (jwksUrl: string) => createProfile(server.operator, { keys: { jwksUrl } });
  const attestWith = async (profileId: string) =>
    attest(server.operator, {
      profileId,
      token: await issuer.token({}, { kid: "one" }),
      organizationId,
    });
  const keyProblem = async (profileId: string) => {
    const token = await issuer.token({}, { kid: "one" });
    const { checks } = await testProfile(server.operator, { profileId, token });
    return checks.find(({ status }) => status === "FAILED")?.message;
  };
  const refusalOf = (jwksUrl: string) =>
    server.operator.failure(CREATE_PROFILE, { input: profileInput({ keys: { jwksUrl } }) });

  test("are fetched from a listed address, over TLS of a private authority", async () => {
    const port = await tlsServers.start("IP:127.0.0.1", answer);
    const jwksUrl = `https://127.0.0.1:${port}/realms/x/certs`;
    expect((await refusalOf(jwksUrl)).message).toBe(
      "Must have a public host, or one that the server's operator has listed in KEY_SET_ALLOWED_HOSTS",
    );
    await allow(`127.0.0.1:${port}`);
    await attestWith(await profileAt(jwksUrl));
    expect(requests).toEqual([
      { path: "/realms/x/certs", userAgent: expect.stringMatching(/^countersign\/\d+\.\d+\.\d+/) },
    ]);
    const other = await refusalOf("https://127.0.0.1:9/");
    expect(other.extensions).toMatchObject({ path: ["input", "keys", "jwksUrl"] });
  });

  test("are fetched for clients too", async () => {
    const key = await clientKey();
    const port = await tlsServers.start("IP:127.0.0.1", (_request, response) => {
      response.end(JSON.stringify({ keys: [key.jwk] }));
    });
    await allow("127.0.0.0/8");
    const { clientId } = await createClient(server.operator, {
      tokenEndpointAuthMethod: "PRIVATE_KEY_JWT",
      keys: { jwksUrl: `https://127.0.0.1:${port}/` },
    });
    const ask = async () =>
      post(server, tokenPath(server), {
        ...GRANT,
        client_assertion_type: ASSERTION_TYPE,
        client_assertion: await assertion(server, clientId, key),
      });
    expect((await ask()).status).toBe(200);
    await restart({});
    const from = server.logs().length;
    expect((await ask()).body.error).toBe("invalid_client");
    expect(server.logs().slice(from)).toContain("The key set's URL must have a public host");
  });

  test("are refused under a name of a listed network that is this machine's own", async () => {
    const port = await tlsServers.start("DNS:localhost", answer);
    await allow("10.0.0.0/8,keys.internal.example");
    const { message } = await refusalOf(`https://localhost:${port}/`);
    expect(message).toMatch(/^Must have a public host/);
    await allow("127.0.0.0/8,::1");
    await attestWith(await profileAt(`https://localhost:${port}/`));
    expect(requests).toHaveLength(1);
  });

  test("must have a certificate for their host that has not expired", async () => {
    await allow("127.0.0.0/8");
    for (const [host, days, sentence] of [
      ["DNS:marker.example", 2, "is for another host (ERR_TLS_CERT_ALTNAME_INVALID)"],
      ["IP:127.0.0.1", -1, "has expired (CERT_HAS_EXPIRED)"],
    ] as const) {
      const port = await tlsServers.start(host, answer, { days });
      expect(await keyProblem(await profileAt(`https://127.0.0.1:${port}/`))).toBe(
        `The certificate of the key set's server ${sentence}`,
      );
    }
    expect(requests).toEqual([]);
  });

  test("are fetched through the proxy, which resolves names that this machine does not", async () => {
    const port = await tlsServers.start("DNS:keys.invalid", answer);
    proxy.answer = { port };
    const HTTPS_PROXY = proxy.url.replace("http://", "http://user:marker-password@");
    await restart({ proxyEnvironment: { HTTPS_PROXY } });
    await attestWith(await profileAt("https://keys.invalid/jwks"));
    expect(requests).toHaveLength(1);
    const authorization = `Basic ${Buffer.from("user:marker-password").toString("base64")}`;
    expect(proxy.requests).toEqual([{ target: "keys.invalid:443", authorization }]);
  });

  test("are refused before the proxy is asked, if their name resolves to a private address", async () => {
    const port = await tlsServers.start("DNS:localhost", answer);
    proxy.answer = { port };
    await allow("127.0.0.0/8,::1");
    const ofLocalhost = await profileAt(`https://localhost:${port}/`);
    await restart({ proxyEnvironment: { HTTPS_PROXY: proxy.url } });
    expect(await keyProblem(ofLocalhost)).toMatch(/must have a public host/);
    expect((await refusalOf("https://10.0.0.5/")).message).toMatch(/^Must have a public host/);
    expect(proxy.requests).toEqual([]);
  });

  test("are not fetched through the proxy from this machine, nor from hosts in NO_PROXY", async () => {
    const port = await tlsServers.start("IP:127.0.0.1", answer);
    const proxyEnvironment = { HTTPS_PROXY: proxy.url, NO_PROXY: "keys.invalid" };
    await allow("127.0.0.0/8", { proxyEnvironment });
    await attestWith(await profileAt(`https://127.0.0.1:${port}/`));
    expect(await keyProblem(await profileAt("https://keys.invalid/"))).toMatch(
      /^The host of the key set's URL (?:does not resolve|cannot be resolved)/,
    );
    expect(proxy.requests).toEqual([]);
  });

  test("say that the proxy refuses or cannot be reached", async () => {
    proxy.answer = { status: 407 };
    await restart({ proxyEnvironment: { HTTPS_PROXY: proxy.url } });
    expect(await keyProblem(await profileAt("https://keys.invalid/"))).toBe(
      "The proxy of HTTPS_PROXY does not connect to the key set's server (ERR_PROXY_TUNNEL)",
    );
    await restart({ proxyEnvironment: { HTTPS_PROXY: "http://127.0.0.1:9" } });
    expect(await keyProblem(await profileAt("https://keys.invalid/"))).toBe(
      "The key set's server, or the proxy in front of it, cannot be reached (ECONNREFUSED)",
    );
    await restart({});
  });
});
