import {
  checkArgon2Cost,
  checkBcryptCost,
  checkPbkdf2Cost,
  checkScryptCost,
  type ForeignHashProblem,
  type Pbkdf2Digest,
} from "./hash-cost.js";

/** A hash of another system, in the form that slow-hash.worker.js verifies. */
export type ForeignHash =
  | { hash: string }
  /** A digest that is fast to compute: it is stored as bcrypt over it, under `prefix`. */
  | { prefix: string; digest: string };

interface Form {
  pattern: RegExp;
  parse(match: RegExpExecArray): ForeignHash | ForeignHashProblem;
}

const BASE64 = "[A-Za-z0-9+/._-]+={0,2}";

/** Each form that is understood, with the system that writes it. */
const FORMS: readonly Form[] = [
  // bcrypt, also as Spring Security (`{bcrypt}`) and Django (`bcrypt$`) write it.
  {
    pattern: /^(?:\{bcrypt\}|bcrypt\$)?(\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53})$/,
    parse: ([, hash = "", cost]) => checkBcryptCost(Number(cost)) ?? { hash },
  },
  // Django's BCryptSHA256PasswordHasher: bcrypt over the SHA-256 in hexadecimal.
  {
    pattern: /^bcrypt_sha256\$(\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53})$/,
    parse: ([, hash = "", cost]) =>
      checkBcryptCost(Number(cost)) ?? { hash: `bcrypt-hex-sha256$${hash}` },
  },
  // PHC format and passlib's, which writes `.` for `+` and a bare number of iterations.
  {
    pattern: new RegExp(
      `^\\$pbkdf2-(sha(?:1|256|512))\\$(?:i=)?(\\d{1,9})(?:,l=(\\d{1,4}))?\\$(${BASE64})\\$(${BASE64})$`,
    ),
    parse: ([, digest, iterations, statedBytes, salt = "", output = ""]) => {
      const bytes = decode(output);
      if (statedBytes && Number(statedBytes) !== bytes.length) return "FORM";
      return pbkdf2(digest, Number(iterations), decode(salt), bytes);
    },
  },
  // Django: the salt is text.
  {
    pattern:
      /^pbkdf2_(sha(?:1|256))\$(\d{1,9})\$([\x21-\x23\x25-\x7e]{1,128})\$([A-Za-z0-9+/]+={0,2})$/,
    parse: ([, digest, iterations, salt = "", output = ""]) =>
      pbkdf2(digest, Number(iterations), Buffer.from(salt), decode(output)),
  },
  // Werkzeug and Flask: the salt is text, and the output hexadecimal.
  {
    pattern:
      /^pbkdf2:(sha(?:1|256|512)):(\d{1,9})\$([\x21-\x23\x25-\x7e]{1,128})\$((?:[0-9a-f]{2})+)$/i,
    parse: ([, digest, iterations, salt = "", output]) =>
      pbkdf2(digest?.toLowerCase(), Number(iterations), Buffer.from(salt), fromHex(output)),
  },
  // Spring Security's Pbkdf2PasswordEncoder: salt and output as one, its parameters by the version.
  {
    pattern: /^\{pbkdf2@SpringSecurity_v5_8\}([0-9a-f]{96})$/i,
    parse: ([, hex = ""]) => springPbkdf2("sha256", 310_000, 16, hex),
  },
  {
    pattern: /^\{pbkdf2\}([0-9a-f]{80})$/i,
    parse: ([, hex = ""]) => springPbkdf2("sha1", 185_000, 8, hex),
  },
  // ASP.NET Core Identity's version 3, which OpenIddict writes.
  {
    pattern: /^(AQAAAA[A-Za-z0-9+/]{40,}={0,2})$/,
    parse: ([, base64 = ""]) => aspNetIdentity(decode(base64)),
  },
  // PHC format and passlib's (`ln=16`), and Ory Kratos's, which writes N itself as `ln`.
  {
    pattern: new RegExp(
      `^\\$scrypt\\$ln=(\\d{1,9}),r=(\\d{1,9}),p=(\\d{1,9})\\$(${BASE64})\\$(${BASE64})$`,
    ),
    parse: ([, ln, r, p, salt = "", output = ""]) => {
      const cost = Number(ln) < 32 ? 2 ** Number(ln) : Number(ln);
      return scrypt([cost, Number(r), Number(p)], decode(salt), decode(output));
    },
  },
  // Werkzeug and Flask: the salt is text, and the output hexadecimal.
  {
    pattern:
      /^scrypt:(\d{1,9}):(\d{1,9}):(\d{1,9})\$([\x21-\x23\x25-\x7e]{1,128})\$((?:[0-9a-f]{2})+)$/i,
    parse: ([, n, r, p, salt = "", hex]) =>
      scrypt([Number(n), Number(r), Number(p)], Buffer.from(salt), fromHex(hex)),
  },
  // Django: the salt is text.
  {
    pattern:
      /^scrypt\$(\d{1,9})\$([\x21-\x23\x25-\x7e]{1,128})\$(\d{1,9})\$(\d{1,9})\$([A-Za-z0-9+/]+={0,2})$/,
    parse: ([, n, salt = "", r, p, output = ""]) =>
      scrypt([Number(n), Number(r), Number(p)], Buffer.from(salt), decode(output)),
  },
  // Spring Security's SCryptPasswordEncoder: the logarithm of N, r and p are the bytes of one number.
  {
    pattern:
      /^\{scrypt(?:@SpringSecurity_v5_8)?\}\$([0-9a-f]{1,2})([0-9a-f]{2})([0-9a-f]{2})\$([A-Za-z0-9+/]+={0,2})\$([A-Za-z0-9+/]+={0,2})$/i,
    parse: ([, ln = "", r = "", p = "", salt = "", output = ""]) => {
      const cost = 2 ** Number.parseInt(ln, 16);
      const [blockSize, parallelization] = [Number.parseInt(r, 16), Number.parseInt(p, 16)];
      return scrypt([cost, blockSize, parallelization], decode(salt), decode(output));
    },
  },
  // argon2 in PHC format, whose base64 is unpadded; also Spring's (`{argon2…}`) and Django's (`argon2$argon2id$…`).
  {
    pattern:
      /^(?:\{argon2(?:@SpringSecurity_v5_8)?\}\$|argon2\$|\$)(argon2(?:id|i|d)\$v=19\$m=(\d{1,9}),t=(\d{1,9}),p=(\d{1,9})\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+))$/,
    parse: ([, phc, memory, passes, lanes, salt = "", output = ""]) => {
      const [m, t, p] = [Number(memory), Number(passes), Number(lanes)];
      if (t < 1 || p < 1 || m < 8 * p) return "FORM";
      if (decode(salt).length < 8 || decode(output).length < 12) return "FORM";
      return checkArgon2Cost(m, t, p) ?? { hash: `$${phc}` };
    },
  },
  // A plain digest: IdentityServer and Duende in base64, Doorkeeper and Laravel Passport in hexadecimal.
  {
    pattern: /^(?:([A-Za-z0-9+/]{43}=)|([0-9a-f]{64}))$/i,
    parse: ([, base64, hex]) => ({
      prefix: "bcrypt-sha256",
      digest: base64 ? toBase64url(decode(base64)) : toBase64url(fromHex(hex)),
    }),
  },
  {
    pattern: /^(?:([A-Za-z0-9+/]{86}==)|([0-9a-f]{128}))$/i,
    parse: ([, base64, hex]) => ({
      prefix: "bcrypt-sha512",
      digest: toBase64url(base64 ? decode(base64) : fromHex(hex)),
    }),
  },
  // Spring Security's StandardPasswordEncoder: 8 bytes of salt, then 1024 rounds of SHA-256.
  {
    pattern: /^\{sha256\}([0-9a-f]{16})([0-9a-f]{64})$/i,
    parse: ([, salt, digest]) => ({
      prefix: `bcrypt-spring-sha256:${toBase64url(fromHex(salt))}`,
      digest: toBase64url(fromHex(digest)),
    }),
  },
  // Spring Security's MessageDigestPasswordEncoder: the salt in braces follows the secret.
  {
    pattern: /^\{SHA-256\}(\{[\x21-\x7a]{1,128}\})?([0-9a-f]{64})$/i,
    parse: ([, salt = "", digest]) => ({
      prefix: `bcrypt-suffixed-sha256:${toBase64url(Buffer.from(salt))}`,
      digest: toBase64url(fromHex(digest)),
    }),
  },
];

/** Reads a hash of another system, and checks what it costs. */
export function parseForeignHash(text: string): ForeignHash | ForeignHashProblem {
  for (const { pattern, parse } of FORMS) {
    const match = pattern.exec(text);
    if (match) return parse(match);
  }
  return "FORM";
}

function pbkdf2(digest: string | undefined, iterations: number, salt: Buffer, output: Buffer) {
  const name = digest as Pbkdf2Digest;
  if (output.length < 16 || output.length > 128) return "FORM";
  const problem = checkPbkdf2Cost(name, iterations, output.length);
  const phc = `$pbkdf2-${name}$i=${iterations}$${unpadded(salt)}$${unpadded(output)}`;
  return problem ?? { hash: phc };
}

/** @param parameters N, r and p of RFC 7914 section 2 */
function scrypt(parameters: [number, number, number], salt: Buffer, output: Buffer) {
  const [cost, blockSize, parallelization] = parameters;
  const ln = Math.log2(cost);
  const isPossible = Number.isInteger(ln) && ln >= 1 && ln < 16 * blockSize && parallelization >= 1;
  if (!isPossible || output.length < 16 || output.length > 128) return "FORM";
  const problem = checkScryptCost({ cost, blockSize, parallelization });
  const phc = `$scrypt$ln=${ln},r=${blockSize},p=${parallelization}$${unpadded(salt)}$${unpadded(output)}`;
  return problem ?? { hash: phc };
}

function springPbkdf2(digest: Pbkdf2Digest, iterations: number, saltBytes: number, hex: string) {
  const bytes = fromHex(hex);
  return pbkdf2(digest, iterations, bytes.subarray(0, saltBytes), bytes.subarray(saltBytes));
}

const ASP_NET_DIGESTS: readonly (Pbkdf2Digest | undefined)[] = ["sha1", "sha256", "sha512"];

/** 0x01, then as 32 bits each: the digest, the iterations and the length of the salt. */
function aspNetIdentity(bytes: Buffer) {
  const digest = ASP_NET_DIGESTS[bytes.readUInt32BE(1)];
  const iterations = bytes.readUInt32BE(5);
  const outputStart = 13 + bytes.readUInt32BE(9);
  if (!digest || outputStart >= bytes.length) return "FORM";
  return pbkdf2(digest, iterations, bytes.subarray(13, outputStart), bytes.subarray(outputStart));
}

function decode(base64: string): Buffer {
  return Buffer.from(base64.replaceAll(".", "+"), "base64");
}

const fromHex = (hex = "") => Buffer.from(hex, "hex");
const toBase64url = (bytes: Buffer) => bytes.toString("base64url");
const unpadded = (bytes: Buffer) => bytes.toString("base64").replaceAll("=", "");
