import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { startTestServer, type TestServer } from "../support/test-server.js";

const CREATE_CLIENT = `mutation ($input: CreateClientInput!) {
  createClient(input: $input) {
    client { clientId name description status scopes trustedMetadata clientSecretLastFour createdAt version }
    clientSecret
  }
}`;

describe("createClient", () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer();
  });

  afterAll(async () => {
    await server.stop();
  });

  test("makes a client and shows its secret once", async () => {
    const { createClient } = await server.operator.request(CREATE_CLIENT, {
      input: { name: "Billing", scopes: ["read:users"], trustedMetadata: { tier: "gold" } },
    });
    expect(createClient.clientSecret).toMatch(/^csk_[0-9A-Za-z]{49}$/);
    expect(createClient.client).toMatchObject({
      clientId: expect.stringMatching(/^client_[0-9A-Za-z]{22}$/),
      name: "Billing",
      status: "ACTIVE",
      scopes: ["read:users"],
      trustedMetadata: { tier: "gold" },
      clientSecretLastFour: createClient.clientSecret.slice(-4),
      version: 1,
    });
  });
});
