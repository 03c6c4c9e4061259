const base64url = (bytes: ArrayBuffer | Uint8Array) =>
  btoa(String.fromCharCode(...new Uint8Array(bytes)))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
const encode = (value: unknown) => base64url(new TextEncoder().encode(JSON.stringify(value)));

/** Stands in for somebody else's identity provider: it signs tokens with a key that only this page has. */
export interface SampleIdentityProvider {
  /** Host name below which Supabase would have its issuer. */
  domain: string;
  publicJwk: object;
  /** Signs an access token of Supabase's shape, good for an hour. */
  signToken(): Promise<string>;
}

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

async function createSampleIdentityProvider(): Promise<SampleIdentityProvider> {
  if (!globalThis.crypto.subtle) {
    throw new Error("The browser signs the sample token only on https or localhost.");
  }
  const { privateKey, publicKey } = await crypto.subtle.generateKey(ALGORITHM, false, [
    "sign",
    "verify",
  ]);
  const { kty, crv, x, y } = await crypto.subtle.exportKey("jwk", publicKey);
  const id = crypto.randomUUID();
  const domain = `sample-${id.slice(0, 8)}.example.com`;
  return {
    domain,
    publicJwk: { kty, crv, x, y, alg: "ES256" },
    signToken: async () => {
      const now = Math.floor(Date.now() / 1000);
      // https://supabase.com/docs/guides/auth/jwt-fields
      const claims = {
        iss: `https://${domain}/auth/v1`,
        aud: "authenticated",
        sub: id,
        email: "ada@example.com",
        role: "authenticated",
        user_metadata: { name: "Ada Lovelace" },
        iat: now,
        exp: now + 3600,
      };
      const signed = `${encode({ alg: "ES256", typ: "JWT" })}.${encode(claims)}`;
      const bytes = new TextEncoder().encode(signed);
      return `${signed}.${base64url(await crypto.subtle.sign(ALGORITHM, privateKey, bytes))}`;
    },
  };
}

let provider: Promise<SampleIdentityProvider> | undefined;

/** The one of this page. Its key ends with the page. */
export function sampleIdentityProvider(): Promise<SampleIdentityProvider> {
  provider ??= createSampleIdentityProvider();
  return provider;
}
