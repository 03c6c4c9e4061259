// A program of a user, which calls the API with the user's key.
import { createTokenSource } from "@countersign/sdk/client";

const {
  COUNTERSIGN_ISSUER = "",
  API_AUDIENCE = "",
  API_URL = "http://localhost:3000",
} = process.env;
const { CLIENT_ID = "", CLIENT_SECRET = "" } = process.env;

const tokens = createTokenSource({
  issuer: COUNTERSIGN_ISSUER,
  clientId: CLIENT_ID,
  clientSecret: CLIENT_SECRET,
  audience: API_AUDIENCE,
});
try {
  const response = await tokens.fetch(`${API_URL}/reports`);
  console.log(response.status, await response.text());
} catch (error) {
  console.error(`failed: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
