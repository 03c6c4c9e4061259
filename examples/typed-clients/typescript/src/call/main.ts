import { errors } from "jose";
import { print, setting } from "../program.js";
import { createTokenSource } from "./token-source.js";
import { createVerifier } from "./verifier.js";

const issuer = setting("ISSUER");
const audience = setting("AUDIENCE");
const scope = setting("SCOPE");

const tokens = await createTokenSource({
  issuer,
  audience,
  clientId: setting("CLIENT_ID"),
  clientSecret: setting("CLIENT_SECRET"),
});
const { accessToken, expiresIn } = await tokens();
const again = await tokens();
if (again.accessToken !== accessToken) throw new Error("a second call made a second request");
print("token", { expiresIn });

const verify = createVerifier({ issuer, audience });
print("verify", await verify(accessToken, scope));
print("other-token", { refused: await isRefused(setting("OTHER_TOKEN")) });
print("session-jwt", { refused: await isRefused(setting("SESSION_JWT")) });

async function isRefused(token: string): Promise<boolean> {
  try {
    await verify(token, scope);
    return false;
  } catch (error) {
    if (error instanceof errors.JWTClaimValidationFailed) return true;
    throw error;
  }
}
