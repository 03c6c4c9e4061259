// The job: stores a report at an API. It has no secret, but a token of GitHub's that says which job it is.
import { createTokenSource } from "@countersign/sdk/client";

const { COUNTERSIGN_ISSUER = "", API_AUDIENCE = "", API_URL = "", GITHUB_SHA } = process.env;

async function idToken() {
  const { ACTIONS_ID_TOKEN_REQUEST_URL: url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: token } = process.env;
  if (!url) throw new Error("GitHub gives this job no id token: it needs `id-token: write`");
  const response = await fetch(`${url}&audience=${encodeURIComponent(COUNTERSIGN_ISSUER)}`, {
    headers: { authorization: `Bearer ${token}` },
  });
  if (!response.ok) throw new Error(`GitHub answered ${response.status}`);
  return (await response.json()).value;
}

const tokens = createTokenSource({
  issuer: COUNTERSIGN_ISSUER,
  workloadToken: idToken,
  audience: API_AUDIENCE,
});
try {
  const response = await tokens.fetch(`${API_URL}/reports`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ commit: GITHUB_SHA }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`the API answered ${response.status} ${text}`);
  console.log(`stored ${text}`);
} catch (error) {
  console.error(`failed: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
