import { SignJWT } from "jose";
import { clientBasicAuthorization } from "../shared/basic-authorization.js";
import { currentSecrets } from "../shared/secret-source.js";
import { algorithmOf, importPrivateKey, isJwk } from "./keys.js";
import type { ClientKey, DescribedKey, TokenSourceOptions } from "./options.js";

/** A way to authenticate the client in one request (RFC 6749 section 2.3). */
export interface Credential {
  /** By which a refused one is recognized: the secret itself, or the name of the option. */
  id: string;
  authenticate(form: URLSearchParams, headers: Headers): void | Promise<void>;
}

const ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const ASSERTION_SECONDS = 60;
/** A server knows two secrets of a client. Each wrong one counts against the client. */
const MAX_SECRETS = 4;

/**
 * The client's credentials now, the best first.
 * @param workloadToken the workload's token, which may be one itself
 */
export async function currentCredentials(
  options: TokenSourceOptions,
  workloadToken: string | undefined,
): Promise<Credential[]> {
  const { clientId, clientSecret, privateKey, issuer } = options;
  if (clientSecret !== undefined) {
    const secrets = await currentSecrets(clientSecret, "clientSecret");
    const method = options.clientAuthentication ?? "client_secret_basic";
    return secrets.slice(0, MAX_SECRETS).map((secret) => ({
      id: secret,
      authenticate: (form, headers) => {
        if (method === "client_secret_post") {
          form.set("client_id", clientId ?? "");
          form.set("client_secret", secret);
        } else {
          headers.set("authorization", clientBasicAuthorization(clientId ?? "", secret));
        }
      },
    }));
  }
  if (privateKey !== undefined) {
    const authenticate = async (form: URLSearchParams) => {
      const key = typeof privateKey === "function" ? await privateKey() : privateKey;
      assert(form, await clientAssertion(key, clientId ?? "", issuer));
    };
    return [{ id: "privateKey", authenticate }];
  }
  const authenticate = (form: URLSearchParams) => {
    if (clientId !== undefined) form.set("client_id", clientId);
    if (options.workloadTokenAs === "client_assertion") assert(form, workloadToken ?? "");
  };
  return [{ id: "workloadToken", authenticate }];
}

function assert(form: URLSearchParams, assertion: string): void {
  form.set("client_assertion_type", ASSERTION_TYPE);
  form.set("client_assertion", assertion);
}

/** RFC 7523 section 3. Each is used once. */
async function clientAssertion(given: ClientKey, clientId: string, issuer: string) {
  const { key, kid, algorithm } = normalized(given);
  const privateKey = await importPrivateKey(key, algorithm);
  const now = Math.floor(Date.now() / 1000);
  return new SignJWT({ iss: clientId, sub: clientId, aud: issuer })
    .setProtectedHeader({ alg: algorithm ?? algorithmOf(privateKey), ...(kid && { kid }) })
    .setJti(crypto.randomUUID())
    .setIssuedAt(now)
    .setExpirationTime(now + ASSERTION_SECONDS)
    .sign(privateKey);
}

function normalized(given: ClientKey) {
  const isDescribed = typeof given === "object" && "key" in given;
  const { key, kid, algorithm } = (isDescribed ? given : { key: given }) as DescribedKey;
  const jwk = isJwk(key) ? key : undefined;
  return { key, kid: kid ?? jwk?.kid, algorithm: algorithm ?? jwk?.alg };
}
