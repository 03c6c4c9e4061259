import type { GraphqlClient } from "../support/graphql-client.js";

/** Creates a resource server with the scopes `read:invoices` and `write:invoices`. */
export interface ApiView {
  apiId: string;
  identifier: string;
}

let apis = 0;

export async function createApi(as: GraphqlClient, settings: object = {}): Promise<ApiView> {
  apis += 1;
  const { createApi: created } = await as.request(
    `mutation ($input: CreateApiInput!) { createApi(input: $input) { api { apiId identifier } } }`,
    {
      input: {
        identifier: `https://invoices-${apis}.example.test/`,
        name: "Invoices",
        scopes: [{ value: "read:invoices" }, { value: "write:invoices" }],
        ...settings,
      },
    },
  );
  return created.api;
}

/** Grants a client scopes of an API; all of them by default. */
export async function grantApi(
  as: GraphqlClient,
  clientId: string,
  { apiId }: ApiView,
  scopes?: string[],
): Promise<void> {
  const input = { clientId, apiId, ...(scopes ? { scopes } : { allScopes: true }) };
  await as.request(
    `mutation ($input: CreateClientGrantInput!) {
      createClientGrant(input: $input) { clientGrant { clientGrantId } }
    }`,
    { input },
  );
}
