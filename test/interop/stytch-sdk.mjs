// Runs the unmodified SDK; only `custom_base_url` differs from its use with Stytch.
import stytch from "stytch";

const { baseUrl, projectId, clientId, clientSecret, calls } = JSON.parse(process.argv[2]);

const settings = {
  project_id: projectId,
  secret: "secret-test-of-the-project",
  custom_base_url: baseUrl,
};
const client = new stytch.Client(settings);
const b2bClient = new stytch.B2BClient(settings);

let lastToken;
const answers = [];
for (const { method, input } of calls) {
  const credentials = { client_id: clientId, client_secret: clientSecret };
  const data =
    method === "token"
      ? { ...credentials, ...input }
      : { access_token: lastToken ?? "not a token", ...input };
  try {
    const answer =
      method === "authenticateJwtLocal"
        ? await b2bClient.sessions.authenticateJwtLocal(input)
        : await client.m2m[method](data);
    lastToken = answer.access_token ?? lastToken;
    answers.push(answer);
  } catch (error) {
    const { code, status_code, error_type, error_message, request_id } = error;
    answers.push({ failure: { code, status_code, error_type, error_message, request_id } });
  }
}
process.stdout.write(JSON.stringify(answers));
