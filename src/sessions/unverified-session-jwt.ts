import { z } from "zod";
import { SIGNING_ALGORITHMS } from "../projects/project.entity.js";
import { MAX_TOKEN_LENGTH } from "../shared/token-length.js";
import { parseUnverifiedJwt } from "../shared/unverified-jwt.js";
import { type SessionTokenProfile, sessionTokenProfiles } from "./session-token-profiles.js";

const headerRules = z.object({
  alg: z.enum(SIGNING_ALGORITHMS),
  kid: z.string(),
});

const claimRules = z.object({
  iss: z.string(),
  sub: z.string(),
  aud: z.union([z.string(), z.array(z.string())]),
  iat: z.number(),
  exp: z.number(),
  jti: z.string(),
  session: z.object({ id: z.string() }),
});

/** A session JWT whose signature, issuer and audience are not verified yet. */
export interface UnverifiedSessionJwt
  extends z.output<typeof headerRules>,
    z.output<typeof claimRules> {
  profile: SessionTokenProfile;
  text: string;
}

/**
 * Accepts the JWTs of every profile, since the project's may have changed since they were signed. Neither `exp` nor
 * `nbf` matters.
 * @returns null if the text is no session JWT
 */
export function parseSessionJwt(text: string): UnverifiedSessionJwt | null {
  const parsed = parseOfSession(text);
  if (!parsed) return null;
  const { profile, header, claims } = parsed;
  const parsedHeader = headerRules.safeParse(header).data;
  const session = claims[profile.sessionClaim];
  const parsedClaims = claimRules.safeParse({ ...claims, session }).data;
  return parsedHeader && parsedClaims ? { ...parsedHeader, ...parsedClaims, profile, text } : null;
}

/** Whether a token claims to be a session JWT; its signature is not verified. */
export function claimsToBeSessionJwt(text: string): boolean {
  return parseOfSession(text) !== null;
}

function parseOfSession(text: string) {
  let jwt: ReturnType<typeof parseUnverifiedJwt>;
  try {
    jwt = parseUnverifiedJwt(text, MAX_TOKEN_LENGTH);
  } catch {
    return null;
  }
  const { header, claims } = jwt;
  const { typ } = header;
  const profile = Object.values(sessionTokenProfiles).find((one) => one.typ === typ);
  return profile && claims[profile.sessionClaim] !== undefined ? { profile, header, claims } : null;
}
