// What an operator does over Countersign's GraphQL API, so that agents reach an MCP server.

export class Operator {
  readonly #endpoint: string;
  readonly #authorization: string;

  /** @param secret of a management key */
  constructor(url: string, projectId: string, secret: string) {
    this.#endpoint = `${url}/graphql`;
    this.#authorization = `Basic ${Buffer.from(`${projectId}:${secret}`).toString("base64")}`;
  }

  async #request<Data>(query: string, input: object = {}): Promise<Data> {
    const response = await fetch(this.#endpoint, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: this.#authorization },
      body: JSON.stringify({ query, variables: { input } }),
    });
    const { data, errors } = (await response.json()) as { data: Data; errors?: unknown[] };
    if (errors) throw new Error(JSON.stringify(errors));
    return data;
  }

  /**
   * Makes the MCP server an API of Countersign.
   * @param url to the character as agents write it
   * @returns the API's id, and the metadata that the server serves (RFC 9728)
   */
  async registerServer(url: string) {
    const { createApi } = await this.#request<{ createApi: { api: RegisteredServer } }>(
      `mutation ($input: CreateApiInput!) {
        createApi(input: $input) { api { apiId protectedResourceMetadata } }
      }`,
      {
        name: "Orders",
        identifier: url,
        tokenProfile: "RFC9068",
        scopes: [{ value: "orders:read" }, { value: "orders:refund" }],
        advertisedScopes: ["orders:read"], // what every agent has
      },
    );
    return createApi.api;
  }

  /** An agent that proves itself with a secret, which is shown once. */
  async registerAgent(name: string): Promise<{ clientId: string; clientSecret: string }> {
    const { createClient } = await this.#request<CreatedClient>(CREATE_CLIENT, {
      name,
      scopes: [],
    });
    return { clientId: createClient.client.clientId, clientSecret: createClient.clientSecret };
  }

  /** An agent that proves itself with a private key, of which Countersign has the public half. */
  async registerAgentWithKey(name: string, publicKeyPem: string): Promise<{ clientId: string }> {
    const { createClient } = await this.#request<CreatedClient>(CREATE_CLIENT, {
      name,
      scopes: [],
      tokenEndpointAuthMethod: "PRIVATE_KEY_JWT",
      keys: { publicKeys: [{ pem: publicKeyPem }] },
    });
    return { clientId: createClient.client.clientId };
  }

  /** Which scopes of the MCP server the agent gets. */
  async grant(apiId: string, clientId: string, scopes: string[]): Promise<string> {
    const { createClientGrant } = await this.#request<{
      createClientGrant: { clientGrant: { clientGrantId: string } };
    }>(
      `mutation ($input: CreateClientGrantInput!) {
        createClientGrant(input: $input) { clientGrant { clientGrantId } }
      }`,
      { apiId, clientId, scopes },
    );
    return createClientGrant.clientGrant.clientGrantId;
  }

  async changeGrant(clientGrantId: string, scopes: string[]): Promise<void> {
    await this.#request(
      `mutation ($input: UpdateClientGrantInput!) {
        updateClientGrant(input: $input) { clientGrant { clientGrantId } }
      }`,
      { clientGrantId, scopes },
    );
  }
}

const CREATE_CLIENT = `mutation ($input: CreateClientInput!) {
  createClient(input: $input) { client { clientId } clientSecret }
}`;

interface CreatedClient {
  createClient: { client: { clientId: string }; clientSecret: string };
}

interface RegisteredServer {
  apiId: string;
  protectedResourceMetadata: object;
}
