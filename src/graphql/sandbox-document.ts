/** The document that Apollo Sandbox opens with. */
export const SANDBOX_DOCUMENT = `# 1. Under "Headers", set authorization to: Basic <base64 of project_id:secret>
#    (the server printed both when it first started)
# 2. Run CreateClient and keep the clientSecret: it is shown once.
# 3. Set id and secret as variables of IssueToken and run it; it needs no header.

mutation CreateClient {
  createClient(input: { name: "My first client", scopes: ["read:users"] }) {
    client {
      clientId
      scopes
    }
    clientSecret
  }
}

mutation IssueToken($clientId: ID!, $clientSecret: String!) {
  issueToken(input: { clientId: $clientId, clientSecret: $clientSecret }) {
    accessToken
    expiresIn
    scope
  }
}
`;
