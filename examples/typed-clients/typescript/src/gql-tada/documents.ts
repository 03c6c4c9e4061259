import { graphql } from "./graphql.js";

/** `@_unmask` makes the fields readable where the fragment is used. gql.tada does not send it. */
const ClientFields = graphql(`
  fragment ClientFields on Client @_unmask {
    clientId
    name
    description
    scopes
    trustedMetadata
    expiresAt
    status
  }
`);

export const CreateClient = graphql(
  `
    mutation CreateClient($input: CreateClientInput!) {
      createClient(input: $input) {
        client {
          ...ClientFields
        }
        clientSecret
      }
    }
  `,
  [ClientFields],
);

export const ImportClient = graphql(
  `
    mutation ImportClient($input: ImportClientInput!) {
      importClient(input: $input) {
        client {
          ...ClientFields
        }
      }
    }
  `,
  [ClientFields],
);

export const IssueToken = graphql(`
  mutation IssueToken($input: IssueTokenInput!) {
    issueToken(input: $input) {
      accessToken
      expiresIn
      scope
    }
  }
`);

export const VerifyToken = graphql(`
  mutation VerifyToken($input: VerifyTokenInput!) {
    verifyToken(input: $input) {
      token {
        clientId
        scopes
      }
    }
  }
`);

export const StartSecretRotation = graphql(`
  mutation StartSecretRotation($input: StartSecretRotationInput!) {
    startSecretRotation(input: $input) {
      nextClientSecret
    }
  }
`);

export const CompleteSecretRotation = graphql(
  `
    mutation CompleteSecretRotation($input: CompleteSecretRotationInput!) {
      completeSecretRotation(input: $input) {
        client {
          ...ClientFields
        }
      }
    }
  `,
  [ClientFields],
);

export const ListClients = graphql(
  `
    query ListClients($filter: ClientFilter, $first: Int, $after: String) {
      clients(filter: $filter, first: $first, after: $after) {
        nodes {
          ...ClientFields
        }
        pageInfo {
          hasNextPage
          endCursor
        }
      }
    }
  `,
  [ClientFields],
);

export const AttestSession = graphql(`
  mutation AttestSession($input: AttestSessionInput!) {
    attestSession(input: $input) {
      member {
        memberId
        emailAddress
      }
    }
  }
`);

export const UpdateClient = graphql(
  `
    mutation UpdateClient($input: UpdateClientInput!) {
      updateClient(input: $input) {
        client {
          ...ClientFields
        }
      }
    }
  `,
  [ClientFields],
);

export const GetClient = graphql(
  `
    query GetClient($clientId: ID!) {
      client(clientId: $clientId) {
        ...ClientFields
      }
    }
  `,
  [ClientFields],
);

/** Events need a permission of their own: without it they are null beside an error, and the client is there. */
export const GetClientWithEvents = graphql(
  `
    query GetClientWithEvents($clientId: ID!) {
      client(clientId: $clientId) {
        ...ClientFields
        events(first: 5) {
          nodes {
            action
          }
        }
      }
    }
  `,
  [ClientFields],
);
