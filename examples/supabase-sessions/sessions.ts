// What the backend does with Countersign: sessions of users who have signed in at Supabase.
import { createManagementClient } from "@countersign/sdk/management";
import { createVerifier, TokenRefused, type VerifiedSession } from "@countersign/sdk/verify";

const { COUNTERSIGN_URL = "", COUNTERSIGN_PROJECT_ID = "", COUNTERSIGN_SECRET = "" } = process.env;
const { COUNTERSIGN_ISSUER = "", PROFILE_ID = "" } = process.env;

const management = createManagementClient({
  url: COUNTERSIGN_URL,
  projectId: COUNTERSIGN_PROJECT_ID,
  secret: COUNTERSIGN_SECRET, // of a management key with sessions:write
});
const verifier = createVerifier({
  issuer: COUNTERSIGN_ISSUER,
  audience: COUNTERSIGN_PROJECT_ID, // of access tokens, which are not used here
});

/**
 * @returns what the user's browser keeps: the token for as long as the session lasts, the JWT for five minutes
 * @throws CountersignError with a `reason` if the token is not one of the profile's
 */
export async function startSession(supabaseToken: string) {
  return management.attestSession({
    profileId: PROFILE_ID,
    token: supabaseToken,
    sessionDurationMinutes: 60,
  });
}

/** @returns null if there is no JWT that is still valid. This asks nobody: it needs the issuer's keys alone. */
export async function verifiedSession(sessionJwt: string): Promise<VerifiedSession | null> {
  return verifier.verifySession(sessionJwt).catch((error) => {
    if (error instanceof TokenRefused && error.status === 401) return null;
    throw error;
  });
}

/** The next JWT. @throws CountersignError SESSION_NOT_FOUND if the session has ended */
export async function renewedJwt(sessionToken: string): Promise<string> {
  const { sessionJwt } = await management.authenticateSession({ credential: { sessionToken } });
  return sessionJwt;
}

export async function endSession(sessionToken: string) {
  await management.revokeSession({ target: { sessionToken } });
}
