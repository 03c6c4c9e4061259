import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { systemClock } from "../../src/shared/clock.js";
import { type ServerProcesses, serverProcesses } from "../support/server-process.js";
import { type TlsKeyServers, tlsKeyServers } from "../support/tls-key-server.js";
import { createProfile, testProfile } from "../trusted-auth/attestation-operations.js";
import { foreignIssuer } from "../trusted-auth/foreign-issuer.js";

describe("KEY_SET_ALLOWED_HOSTS", () => {
  let processes: ServerProcesses;
  let tlsServers: TlsKeyServers;

  beforeAll(async () => {
    processes = await serverProcesses();
    tlsServers = tlsKeyServers();
  });

  afterAll(async () => {
    tlsServers.stop();
    await processes.cleanUp();
  });

  test("and NODE_EXTRA_CA_CERTS open a key set of a private network", async () => {
    const issuer = await foreignIssuer(systemClock);
    const port = await tlsServers.start("IP:127.0.0.1", (_request, response) => {
      response.end(JSON.stringify({ keys: [issuer.jwk] }));
    });
    const keyCheckOf = async (settings: Record<string, string>) => {
      const server = await processes.start({ KEY_SET_ALLOWED_HOSTS: "127.0.0.0/8", ...settings });
      const keys = { jwksUrl: `https://127.0.0.1:${port}/` };
      const profileId = await createProfile(server.operator, { keys });
      const token = await issuer.token();
      const { checks } = await testProfile(server.operator, { profileId, token });
      await server.end("SIGTERM");
      return checks.find(({ check }) => check === "KEY");
    };
    expect((await keyCheckOf({}))?.message).toMatch(/NODE_EXTRA_CA_CERTS/);
    const { certificateFile } = tlsServers.authority;
    expect((await keyCheckOf({ NODE_EXTRA_CA_CERTS: certificateFile }))?.status).toBe("PASSED");
  });

  test("with a wrong entry ends the start, which says which and what to write", async () => {
    const { code, output } = await processes.expectStartFailure({
      KEY_SET_ALLOWED_HOSTS: "10.0.0.0/8,https://keycloak.marker.example",
    });
    expect(code).toBe(1);
    expect(output).toContain(
      "KEY_SET_ALLOWED_HOSTS: Entry 2 is a URL: write its host alone, such as keycloak.internal.example",
    );
    expect(output).not.toContain("marker");
  });
});
