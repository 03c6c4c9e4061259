/**
 * The ready-made operations of both explorers, in the order in which they build on each other. GraphiQL shows them
 * one by one.
 */
export const EXPLORER_DOCUMENT = `# A client is a program that gets tokens. Keep its secret: it is shown only once.
mutation CreateClient($input: CreateClientInput!) {
  createClient(input: $input) {
    client {
      clientId
      name
      scopes
      createdAt
    }
    clientSecret
  }
}

# What the client does with its id and secret. It needs no sign-in. Most clients use POST /oauth/token instead.
mutation IssueToken($input: IssueTokenInput!) {
  issueToken(input: $input) {
    accessToken
    tokenType
    expiresIn
    scope
  }
}

# What an API does with the token. With a JWT library, it can do this by itself.
mutation VerifyToken($input: VerifyTokenInput!) {
  verifyToken(input: $input) {
    token {
      clientId
      subject
      issuer
      audience
      scopes
      expiresAt
    }
  }
}

# Rotates the secret without an outage: the next secret works beside the current one.
mutation StartSecretRotation($input: StartSecretRotationInput!) {
  startSecretRotation(input: $input) {
    nextClientSecret
    client {
      secrets {
        status
        lastFour
        createdAt
      }
    }
  }
}

# Once every program has the next secret, the former one ends.
mutation CompleteSecretRotation($input: CompleteSecretRotationInput!) {
  completeSecretRotation(input: $input) {
    client {
      secrets {
        status
        lastFour
        createdAt
      }
    }
  }
}

# One of your APIs: the audience of its tokens, and the scopes that it knows.
mutation CreateApi($input: CreateApiInput!) {
  createApi(input: $input) {
    api {
      apiId
      name
      identifier
      scopes {
        value
        description
      }
    }
  }
}

# What the client may do at this API.
mutation CreateClientGrant($input: CreateClientGrantInput!) {
  createClientGrant(input: $input) {
    clientGrant {
      clientGrantId
      scopes
    }
  }
}

# A token that only this API accepts, requested with the new secret.
mutation IssueTokenForApi($input: IssueTokenInput!) {
  issueToken(input: $input) {
    accessToken
    tokenType
    expiresIn
    scope
  }
}

# One of your customers, whose people will be its members.
mutation CreateOrganization($input: CreateOrganizationInput!) {
  createOrganization(input: $input) {
    organization {
      organizationId
      name
      slug
    }
  }
}

# An issuer whose tokens you trust. The preset knows what those of Supabase look like.
mutation CreateProfile($input: CreateProfileInput!) {
  createProfile(input: $input) {
    profile {
      profileId
      name
      issuer
      audience
      attributeMapping {
        externalMemberId
        email
        name
      }
    }
  }
}

# Somebody else's token becomes a session of this server.
mutation AttestSession($input: AttestSessionInput!) {
  attestSession(input: $input) {
    member {
      memberId
      name
      emailAddress
    }
    session {
      sessionId
      expiresAt
    }
    sessionToken
    sessionJwt
  }
}
`;
