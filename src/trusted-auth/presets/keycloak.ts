import { z } from "zod";
import { hostAndPort, machineOf, type Preset, under } from "./preset.js";

/** https://www.keycloak.org/docs/latest/server_admin/ */
export const keycloak: Preset = {
  title: "Keycloak",
  description:
    "ID tokens of a Keycloak realm; access tokens for a profile with `clientId`. Give `domain`, the server's host, `tenantId`, the realm's name, and `audience`, the client's id.",
  parameters: {
    domain: hostAndPort("login.example.com"),
    tenantId: z
      .string()
      .regex(/^[\w.~-]{1,128}$/, "Must be the realm's name as it is in URLs, such as `main`"),
  },
  settings: ({ domain, tenantId }, { isForClient }) => ({
    issuer: domain && tenantId && `https://${domain}/realms/${tenantId}`,
    attributeMapping: { tokenId: "jti", email: "email", externalMemberId: "sub", name: "name" },
    // The same keys sign ID, access and logout tokens. Access tokens may be of service accounts.
    claimConditions: [
      { claim: "typ", operator: "EQUALS", values: [isForClient ? "Bearer" : "ID"] },
    ],
  }),
  keySetUrl: (issuer) => under(issuer, "protocol/openid-connect/certs"),
  needs: {
    issuer: {
      path: ["preset"],
      what: "`domain`, the host of the server, and `tenantId`, the name of the realm",
    },
    audience: { path: ["audience"], what: "`audience`, the id of the client in Keycloak" },
  },
  workload: machineOf(["sub", "azp", "client_id"], "11111111-2222-4333-8444-555555555555"),
};
