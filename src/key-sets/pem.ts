/** @returns what is wrong with a text that must be one PEM block with a public key, or null; never a part of it */
export function pemProblem(pem: string): string | null {
  // Whatever else is wrong with a private key, its owner must know that it was sent.
  if (/PRIVATE KEY/.test(pem) || /^\{.*"(?:d|k)"\s*:/s.test(pem)) {
    return "Must be a public key, not a private key: openssl pkey -in private.pem -pubout prints the public one";
  }
  if (pem.startsWith("{")) return "Must be PEM; this looks like a JWK: give it as jwk";
  if (/^(?:ssh-|ecdsa-sha2-)/.test(pem)) {
    return "Must be PEM, not an OpenSSH key: ssh-keygen -e -m PKCS8 -f key.pub converts it";
  }
  const blocks = pem.split("-----BEGIN ").length - 1;
  if (blocks === 0) return "Must be PEM, which begins with -----BEGIN PUBLIC KEY-----";
  if (blocks > 1) {
    return "Must be a single PEM block: give each key by itself, and of a chain of certificates the first";
  }
  if (pem.includes("\\n")) return "Must have line breaks where it has \\n in letters";
  if (!/-----BEGIN [^\r\n]+-----\r?\n/.test(pem)) {
    return "Must have the line breaks of its file: one after -----BEGIN PUBLIC KEY----- and so on";
  }
  return null;
}
