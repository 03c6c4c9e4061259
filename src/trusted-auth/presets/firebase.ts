import { z } from "zod";
import { machineOf, type Preset } from "./preset.js";

/** https://firebase.google.com/docs/auth/admin/verify-id-tokens */
export const firebase: Preset = {
  title: "Firebase",
  description:
    "ID tokens of Firebase Authentication and Google Cloud Identity Platform. Give `projectId`, and `tenantId` to accept only the users of one Identity Platform tenant.",
  parameters: {
    projectId: z
      .string()
      .regex(
        /^[a-z][a-z0-9-]{4,28}[a-z0-9]$/,
        "Must be the project's id, such as `my-app-1a2b3`; neither its name nor its number",
      ),
    tenantId: z
      .string()
      .regex(/^[A-Za-z][A-Za-z0-9-]{0,63}$/, "Must be the id of an Identity Platform tenant"),
  },
  settings: ({ projectId, tenantId }) => ({
    issuer: projectId && `https://securetoken.google.com/${projectId}`,
    audience: projectId,
    allowedAlgorithms: ["RS256"],
    attributeMapping: { email: "email", externalMemberId: "sub", name: "name" },
    claimConditions: tenantId
      ? [{ claim: "firebase.tenant", operator: "EQUALS", values: [tenantId] }]
      : [],
  }),
  keySetUrl: () =>
    "https://www.googleapis.com/service_accounts/v1/jwk/securetoken@system.gserviceaccount.com",
  needs: {
    issuer: { path: ["preset", "projectId"], what: "`projectId`, the id of your project" },
    audience: { path: ["preset", "projectId"], what: "`projectId`, the id of your project" },
  },
  workload: machineOf(["sub"], "AbCdEf0123456789AbCdEf012345"),
};
