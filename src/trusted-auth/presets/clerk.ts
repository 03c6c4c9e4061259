import { hostName, machineOf, type Preset, under } from "./preset.js";

/** https://clerk.com/docs/backend-requests/resources/session-tokens */
export const clerk: Preset = {
  title: "Clerk",
  description:
    "Session tokens of Clerk, which have `azp` instead of `aud`. Give `domain`, the host of the Frontend API, and `audience`, the origin of your web application.",
  parameters: { domain: hostName("clerk.example.com") },
  settings: ({ domain }) => ({
    issuer: domain && `https://${domain}`,
    audienceClaim: "azp",
    allowedAlgorithms: ["RS256"],
    // Only version 2 of the tokens has `jti`. The tokens have no email address.
    attributeMapping: { externalMemberId: "sub" },
  }),
  keySetUrl: (issuer) => under(issuer, ".well-known/jwks.json"),
  needs: {
    issuer: {
      path: ["preset", "domain"],
      what: "`domain`, the host of your Frontend API, such as `clerk.example.com` or `example.clerk.accounts.dev`",
    },
    audience: {
      path: ["audience"],
      what: "`audience`, the origin of your web application, such as `https://app.example.com`, which its tokens have as `azp`",
    },
  },
  workload: machineOf(["sub"], "user_2abCdEf0123456789AbCdEf01234"),
};
