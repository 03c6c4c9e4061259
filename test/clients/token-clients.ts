import { exportPKCS8, exportSPKI } from "jose";
import { keyPair } from "../support/key-pairs.js";
import type { LiveServer } from "../support/live-server.js";
import { createClient } from "../support/operations.js";

/** A client for a program that gets its token. */
export interface TokenClient {
  token_endpoint: string;
  client_id: string;
  /** A secret, or a private key in PEM. */
  credential: string;
  method: string;
  scope: string;
}

const SCOPE = "read:users";

/** A client for each method of client authentication. */
export async function clientsOfEveryMethod(server: LiveServer): Promise<TokenClient[]> {
  const { operator, issuer } = server;
  const program = { token_endpoint: `${issuer}/oauth/token`, scope: SCOPE };
  const clients: TokenClient[] = [];
  for (const method of ["client_secret_basic", "client_secret_post"]) {
    const { clientId, clientSecret } = await createClient(operator, {
      tokenEndpointAuthMethod: method.toUpperCase(),
      scopes: [SCOPE],
    });
    clients.push({ ...program, client_id: clientId, credential: clientSecret, method });
  }
  const { publicKey, privateKey } = await keyPair("RS256");
  const { clientId } = await createClient(operator, {
    tokenEndpointAuthMethod: "PRIVATE_KEY_JWT",
    keys: { publicKeys: [{ pem: await exportSPKI(publicKey) }] },
    scopes: [SCOPE],
  });
  const credential = await exportPKCS8(privateKey);
  clients.push({ ...program, client_id: clientId, credential, method: "private_key_jwt" });
  return clients;
}
