import type { ClaimCondition } from "../claim-conditions.js";
import { hostName, type Preset } from "./preset.js";

/**
 * Service accounts get ID tokens for any audience, and have a number as `azp`. Applications on phones get them for
 * the backend's client id, and have a client id of their own.
 */
const OF_AN_APPLICATION: ClaimCondition = {
  claim: "azp",
  operator: "ENDS_WITH",
  values: [".apps.googleusercontent.com"],
};

/** https://developers.google.com/identity/openid-connect/openid-connect */
export const google: Preset = {
  title: "Google",
  description:
    "ID tokens of Sign in with Google. Give `audience`, your OAuth client id, and `domain` to accept only the accounts of one Google Workspace or Cloud organization.",
  parameters: { domain: hostName("example.com") },
  settings: ({ domain }, { isForClient }) => ({
    issuer: "https://accounts.google.com",
    alternativeIssuers: ["accounts.google.com"],
    allowedAlgorithms: ["RS256"],
    attributeMapping: { email: "email", externalMemberId: "sub", name: "name" },
    claimConditions: [
      ...(isForClient ? [] : [OF_AN_APPLICATION]),
      ...(domain ? [{ claim: "hd", operator: "EQUALS" as const, values: [domain] }] : []),
    ],
  }),
  keySetUrl: () => "https://www.googleapis.com/oauth2/v3/certs",
  needs: {
    audience: {
      path: ["audience"],
      what: "`audience`, the OAuth client id of your application, which ends with `.apps.googleusercontent.com`",
    },
  },
  workload: {
    identifyingClaims: ["sub"],
    byVerifiedEmail: true,
    needsCondition:
      'a condition on `sub` with EQUALS or IN for a profile with `clientId`, since every service account gets tokens for any audience: `{ claim: "sub", operator: EQUALS, values: ["112010400000000710080"] }`, its unique id; or one on `email` beside `{ claim: "email_verified", operator: EQUALS, values: ["true"] }`',
  },
};
