// Runs the unmodified SDK; only `domain` differs from its use with Auth0.
import { AuthenticationClient } from "auth0/legacy";

const { domain, clientId, clientSecret, assertionKey, requests } = JSON.parse(process.argv[2]);

const client = new AuthenticationClient({
  domain,
  clientId,
  ...(assertionKey
    ? { clientAssertionSigningKey: assertionKey, clientAssertionSigningAlg: "RS256" }
    : { clientSecret }),
});

const answers = [];
for (const request of requests) {
  answers.push(
    await client.oauth.clientCredentialsGrant(request).then(
      ({ status, data }) => ({ status, data }),
      ({ name, statusCode, error, error_description }) => ({
        name,
        status: statusCode,
        error,
        error_description,
      }),
    ),
  );
}
process.stdout.write(JSON.stringify(answers));
