import { randomBytes, randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { IMPORT_CLIENT, importClient, START_ROTATION } from "../support/operations.js";
import "../support/properties.js";
import { runs } from "../support/property-runs.js";
import { startTestServer, type TestServer } from "../support/test-server.js";

describe("a secret that an operator brings along", () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer();
  });

  afterAll(async () => {
    await server.stop();
  });

  const outcome = async (clientSecret: string, clientId: string = randomUUID()) => {
    const { errors } = await server.operator.send(IMPORT_CLIENT, {
      input: { clientId, clientSecret },
    });
    return errors[0] ? `${errors[0].extensions.code} ${errors[0].message}` : "accepted";
  };

  const from = (alphabet: string, length: number) =>
    Array.from(randomBytes(length), (byte) => alphabet[byte % alphabet.length]).join("");
  const DIGITS = "0123456789";
  const LOWER = "abcdefghijklmnopqrstuvwxyz";
  const ALPHANUMERIC = `${DIGITS}${LOWER}${LOWER.toUpperCase()}`;

  test.each([
    ["Auth0", () => randomBytes(48).toString("base64url")],
    ["Okta", () => from(`${ALPHANUMERIC}_-`, 64)],
    ["Okta's older ones", () => from(`${ALPHANUMERIC}_-`, 40)],
    ["Stytch", () => from(`${ALPHANUMERIC}-_=`, 47)],
    ["Keycloak", () => from(ALPHANUMERIC, 32)],
    ["Keycloak's older ones and ForgeRock, a UUID", randomUUID],
    ["Cognito", () => from(`${DIGITS}${LOWER}`, 52)],
    ["Hydra", () => from(`${ALPHANUMERIC}-_.~`, 26)],
    ["Entra", () => `${from(ALPHANUMERIC, 3)}8Q~${from(`${ALPHANUMERIC}_~.-`, 34)}`],
    ["Google", () => `GOCSPX-${from(`${ALPHANUMERIC}_-`, 28)}`],
    ["GitLab", () => `gloas-${randomBytes(32).toString("hex")}`],
    ["Doorkeeper", () => randomBytes(32).toString("base64url")],
    ["Django OAuth Toolkit", () => from(ALPHANUMERIC, 128)],
    ["openssl rand -hex 16", () => randomBytes(16).toString("hex")],
    ["a password manager", () => from(`${ALPHANUMERIC}!#$%&*+-=?@^_`, 16)],
    ["a passphrase", () => "correct horse battery staple"],
    ["words around a random part", () => `prod-client-secret-${from(ALPHANUMERIC, 16)}`],
  ])("is accepted from %s", async (_what, secret) => {
    for (let count = 0; count < 5; count++) expect(await outcome(secret())).toBe("accepted");
  });

  test("is accepted from ten random characters on, as the schema says", async () => {
    expect(await outcome("aZ3$kQ9xTu")).toBe("accepted");
    expect(await outcome("aZ3$kQ9xT")).toMatch(/^INSECURE_CLIENT_SECRET .*10 random characters/);
    expect(await outcome("aZ3$kQ9x")).toMatch(/^INSECURE_CLIENT_SECRET .*10 random characters/);
    expect(await outcome("aZ3$kQ9")).toBe("BAD_USER_INPUT Must have at least 10 characters");
    const { __type: type } = await server.operator.request(
      `{ __type(name: "ImportClientInput") { inputFields { name description } } }`,
    );
    const { description } = type.inputFields.find(
      ({ name }: { name: string }) => name === "clientSecret",
    );
    expect(description).toContain("10 to 1024 characters");
  });

  test.each([
    "client-secret-prod",
    "client_secret",
    "my-client-secret",
    "my-super-secret-key",
    "MyClientSecret123!",
    "super-secret-client-secret",
    "test-client-secret",
    "api-service-production",
    "oauth2-client-credentials-secret",
    "changeme-changeme-changeme",
    "dev-password-2026",
    "secretsecretsecret",
    "qwertyuiop1234567890",
    "aaaaaaaaaaaaaaaaaaaaaaaa",
  ])("is refused if it is made of what it is for: %s", async (secret) => {
    expect(await outcome(secret)).toMatch(/^INSECURE_CLIENT_SECRET /);
  });

  test("is refused if it repeats the client's id", async () => {
    for (const [clientId, secret] of [
      ["invoices-worker", "invoices-worker"],
      ["invoices-worker", "invoices-worker-secret-1"],
      ["invoices-worker", "Worker_Invoices_2026"],
      ["9c1f7a52b0d34e86", "9c1f7a52b0d34e86"],
      ["a(b+c|d[e*f", "a(b+c|d[e*f"],
    ] as const) {
      expect(await outcome(secret, clientId)).toMatch(/^INSECURE_CLIENT_SECRET /);
    }
  });

  test("is judged in a rotation too", async () => {
    const clientId = "ledger-service";
    await importClient(server.operator, { clientId, clientSecret: randomUUID() });
    const rotate = (clientSecret: string) =>
      server.operator.send(START_ROTATION, { input: { clientId, clientSecret } });
    const { errors } = await rotate("ledger-service-prod");
    expect(errors[0]?.extensions.code).toBe("INSECURE_CLIENT_SECRET");
    expect((await rotate(randomUUID())).errors).toEqual([]);
  });

  test("is accepted if it is random, whatever the client's id is", async () => {
    const visible = fc.string({ unit: "grapheme-ascii", minLength: 1, maxLength: 60 });
    let count = 0;
    await fc.assert(
      fc.asyncProperty(visible, async (text) => {
        const clientId = `${text.replace(/[ "%\\]/g, "")}${++count}`;
        expect(await outcome(randomBytes(24).toString("base64"), clientId)).toBe("accepted");
      }),
      { numRuns: runs(300) },
    );
  });
});
