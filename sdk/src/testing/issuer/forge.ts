import { createHmac, createPublicKey, type KeyObject } from "node:crypto";
import { decodeJwt, decodeProtectedHeader, type JWTPayload } from "jose";
import type { SigningAlgorithm } from "../../../../src/projects/project.entity.js";
import { signJwt } from "../../../../src/signing-keys/sign-jwt.js";
import type { ForgedTokenKind, TestForge } from "../forge.js";
import type { TestTokenRequest } from "../test-issuer.js";
import { generatedKey, type SigningKeys } from "./signing-keys.js";

interface Original {
  token: string;
  header: { alg: SigningAlgorithm; typ: string; kid: string };
  claims: JWTPayload & { iat: number; exp: number };
  key: KeyObject;
}

interface Issuing {
  signingKeys: SigningKeys;
  projectId: string;
  issueToken(request: TestTokenRequest): Promise<string>;
  sessionJwt(): Promise<string>;
}

type Forger = (original: Original, issuing: Issuing) => Promise<string> | string;

const resigned = ({ header, key, claims }: Original, changed: object) => {
  const entries = Object.entries({ ...claims, ...changed });
  return signJwt(
    header,
    Object.fromEntries(entries.filter(([, value]) => value !== undefined)),
    key,
  );
};

const HOUR_SECONDS = 3600;

const FORGERS: Readonly<Record<ForgedTokenKind, Forger>> = {
  expired: (original) => {
    const iat = original.claims.iat - 2 * HOUR_SECONDS;
    const { nbf } = original.claims;
    return resigned(original, { iat, exp: iat + HOUR_SECONDS, ...(nbf && { nbf: iat }) });
  },
  notYetValid: (original) => {
    const iat = original.claims.iat + HOUR_SECONDS;
    return resigned(original, { iat, nbf: iat, exp: iat + HOUR_SECONDS });
  },
  otherAudience: (original) => resigned(original, { aud: "https://other-api.test" }),
  projectAudience: (original, { projectId }) => resigned(original, { aud: projectId }),
  otherIssuer: (original) => resigned(original, { iss: "https://other-issuer.test" }),
  badSignature: ({ token }) => {
    const at = token.lastIndexOf(".") + 10;
    return token.slice(0, at) + (token[at] === "A" ? "B" : "A") + token.slice(at + 1);
  },
  changedClaims: ({ token, claims }) => {
    const [header, , signature] = token.split(".");
    return [header, encode({ ...claims, scope: "admin" }), signature].join(".");
  },
  unknownKey: async ({ header, claims }) =>
    signJwt({ ...header, kid: "jwk_unknown" }, claims, await foreignKey(header.alg)),
  unsigned: ({ header, claims }) => `${encode({ ...header, alg: "none" })}.${encode(claims)}.`,
  publicKeyAsSecret: ({ header, claims, key }) => {
    const input = `${encode({ ...header, alg: "HS256" })}.${encode(claims)}`;
    const secret = createPublicKey(key).export({ type: "spki", format: "pem" });
    return `${input}.${createHmac("sha256", secret).update(input).digest("base64url")}`;
  },
  sessionJwt: (_original, { sessionJwt }) => sessionJwt(),
  wrongType: ({ header, claims, key }) => signJwt({ ...header, typ: "id+jwt" }, claims, key),
  withoutExpiry: (original) => resigned(original, { exp: undefined }),
  withoutAudience: (original) => resigned(original, { aud: undefined }),
  malformed: ({ token }) => token.slice(0, token.lastIndexOf(".")),
};

export class Forge implements TestForge {
  readonly kinds = Object.keys(FORGERS) as ForgedTokenKind[];

  constructor(private readonly issuing: Issuing) {}

  async token(kind: ForgedTokenKind, request: TestTokenRequest = {}): Promise<string> {
    if (!Object.hasOwn(FORGERS, kind)) {
      throw new TypeError(`There is no kind \`${kind}\`. There are: ${this.kinds.join(", ")}`);
    }
    const token = await this.issuing.issueToken(request);
    const header = decodeProtectedHeader(token) as Original["header"];
    const claims = decodeJwt(token) as Original["claims"];
    const { current } = await this.issuing.signingKeys.of(header.alg);
    return FORGERS[kind]({ token, header, claims, key: current.privateKey }, this.issuing);
  }

  async withoutScopes(request: TestTokenRequest = {}): Promise<string> {
    return this.issuing.issueToken({ ...request, scopes: [] });
  }
}

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString("base64url");
}

/** A key of the algorithm that no issuer signs with. */
function foreignKey(algorithm: SigningAlgorithm): Promise<KeyObject> {
  return generatedKey(algorithm, FOREIGN);
}
const FOREIGN = 1000;
