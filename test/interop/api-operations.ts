import type { GraphqlClient } from "../support/graphql-client.js";

/** A resource server with the scopes `read:invoices` and `write:invoices`. */
export interface ApiView {
  apiId: string;
  identifier: string;
}

let apis = 0;

export async function createApi(as: GraphqlClient, settings: object = {}): Promise<ApiView> {
  apis += 1;
  const { createApi: made } = await as.request(
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
  return made.api;
}

/** Lets a client have some scopes of an API; all of them, if none are named. */
export async function grantApi(
  as: GraphqlClient,
  clientId: string,
  { apiId }: ApiView,
  scopes?: string[],
): Promise<void> {
  const input = { clientId, apiId, ...(scopes ? { scopes } : { allScopes: true }) };
  await as.request(
    `mutation ($input: CreateClientGrantInput!) {
      createClientGrant(input: $input) { clientGrant { grantId } }
    }`,
    { input },
  );
}
