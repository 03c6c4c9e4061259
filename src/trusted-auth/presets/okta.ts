import { z } from "zod";
import { hostName, machineOf, type Preset, under } from "./preset.js";

/** The audience of access tokens is the API's, a URI such as `api://default`; that of ID tokens is a client id. */
const isClientId = (audience: string | undefined) => !audience || /^[\w-]+$/.test(audience);

/** https://developer.okta.com/docs/reference/api/oidc */
export const okta: Preset = {
  title: "Okta",
  description:
    "ID tokens of an application, or access tokens of users. Give `domain`, `audience` (the application's client id, or the authorization server's audience) and as `tenantId` the authorization server's id, such as `default`; without it, the org authorization server, whose access tokens nobody else can verify.",
  parameters: {
    domain: hostName("example.okta.com").refine(
      (name) => !/-admin\.[a-z-]+\.com$/.test(name),
      "Must be your Okta domain without `-admin`, which only the administrators' pages have",
    ),
    tenantId: z
      .string()
      .regex(
        /^[A-Za-z0-9]{1,64}$/,
        "Must be the id of an authorization server, such as `default` or `aus…`; leave it out for the org authorization server",
      ),
  },
  settings: ({ domain, tenantId }, { audience }) => ({
    issuer: domain && `https://${domain}${tenantId ? `/oauth2/${tenantId}` : ""}`,
    allowedAlgorithms: ["RS256"],
    attributeMapping: {
      tokenId: "jti",
      email: "email",
      // `sub` of an access token is the user's login, which changes, or the id of a machine. Machines have no `uid`.
      externalMemberId: isClientId(audience) ? "sub" : "uid",
      name: "name",
    },
  }),
  keySetUrl: (issuer) => under(issuer, issuer.includes("/oauth2/") ? "v1/keys" : "oauth2/v1/keys"),
  needs: {
    issuer: {
      path: ["preset", "domain"],
      what: "`domain`, such as `example.okta.com`, and `tenantId`, the id of a custom authorization server, unless the org authorization server issues the tokens",
    },
    audience: {
      path: ["audience"],
      what: "`audience`: the client id of your application for its ID tokens, or the audience of the authorization server for access tokens",
    },
  },
  workload: machineOf(["sub", "cid"], "0oa1b2c3d4E5f6G7h8i9"),
};
