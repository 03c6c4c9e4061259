// CPU time of the SDK's verifyAccessToken beside that of bare jose with a key at hand, in alternating rounds of one
// process. Prints JSON: { RS256: { jose, sdk, ratio }, … } with microseconds a token, and the median of the ratios.
//   node scripts/bench/verify.mjs [rounds] [tokens a round]
import { createVerifier } from "@countersign/sdk/verify";
import { exportJWK, generateKeyPair, jwtVerify, SignJWT } from "jose";

const ISSUER = "https://auth.example.com";
const AUDIENCE = "https://api.example.com";
const [rounds = 15, tokensPerRound = 2000] = process.argv.slice(2).map(Number);

const figures = {};
for (const algorithm of ["RS256", "ES256"]) figures[algorithm] = await compare(algorithm);
process.stdout.write(`${JSON.stringify(figures)}\n`);

async function compare(algorithm) {
  const { privateKey, publicKey } = await generateKeyPair(algorithm);
  const tokens = await Promise.all(
    Array.from({ length: 100 }, (_, id) => sign(privateKey, algorithm, id)),
  );
  const jwk = { ...(await exportJWK(publicKey)), kid: "key_1", alg: algorithm, use: "sig" };
  const fetch = async () => Response.json({ keys: [jwk] });
  const verifier = createVerifier({ issuer: ISSUER, audience: AUDIENCE, fetch });
  const options = { issuer: ISSUER, audience: AUDIENCE, algorithms: [algorithm], typ: "at+jwt" };
  const contenders = {
    jose: (token) => jwtVerify(token, publicKey, options),
    sdk: (token) => verifier.verifyAccessToken(token, { scopes: ["orders:read"] }),
  };
  for (const verify of Object.values(contenders)) await measure(verify, tokens);
  const measured = [];
  for (let round = 0; round < rounds; round++) {
    // Each goes first as often as the other.
    const names = round % 2 === 0 ? ["jose", "sdk"] : ["sdk", "jose"];
    const result = {};
    for (const name of names) result[name] = await measure(contenders[name], tokens);
    measured.push({ ...result, ratio: result.sdk / result.jose });
  }
  return Object.fromEntries(
    ["jose", "sdk", "ratio"].map((name) => [name, median(measured.map((one) => one[name]))]),
  );
}

/** @returns microseconds of all threads a token */
async function measure(verify, tokens) {
  const before = process.cpuUsage();
  for (let index = 0; index < tokensPerRound; index++) await verify(tokens[index % tokens.length]);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / tokensPerRound;
}

function sign(privateKey, alg, id) {
  const client = { client_id: "client_1", scope: "orders:read orders:write" };
  return new SignJWT({ ...client, organization: "organization_1", plan: "gold" })
    .setProtectedHeader({ alg, kid: "key_1", typ: "at+jwt" })
    .setIssuer(ISSUER)
    .setSubject("client_1")
    .setAudience(AUDIENCE)
    .setJti(`jti_${id}`)
    .setIssuedAt()
    .setExpirationTime("1h")
    .sign(privateKey);
}

function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  return Number(sorted[sorted.length >> 1].toFixed(3));
}
