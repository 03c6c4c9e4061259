import { z } from "zod";
import { hostName, machineOf, type Preset, under } from "./preset.js";

const authUrl = (host: string) => `https://${host}/auth/v1`;

/** https://supabase.com/docs/guides/auth/jwt-fields */
export const supabase: Preset = {
  title: "Supabase",
  description:
    "Access tokens of Supabase Auth. Give `projectId`, the reference of the project, or `domain` for a custom domain or your own server, or both.",
  parameters: {
    projectId: z
      .string()
      .regex(
        /^[a-z0-9]{20}$/,
        "Must be the project's reference, such as `abcdefghijklmnopqrst`: 20 letters and digits, as in the project's URL",
      ),
    domain: hostName("auth.example.com"),
  },
  settings: ({ projectId, domain }) => {
    const hosts = [domain, projectId && `${projectId}.supabase.co`];
    const [issuer, ...alternativeIssuers] = hosts.flatMap((name) => (name ? authUrl(name) : []));
    return {
      issuer,
      alternativeIssuers,
      audience: "authenticated",
      allowedAlgorithms: ["ES256", "RS256"],
      // No token id: all tokens of a session have the same `session_id`, and `jti` is optional.
      attributeMapping: { email: "email", externalMemberId: "sub", name: "user_metadata.name" },
      // Keys of a project are JWTs, too, with the roles `anon` and `service_role`.
      claimConditions: [{ claim: "role", operator: "EQUALS", values: ["authenticated"] }],
    };
  },
  keySetUrl: (issuer) => under(issuer, ".well-known/jwks.json"),
  needs: {
    issuer: {
      path: ["preset", "projectId"],
      what: "`projectId`, the reference of your project, or `domain` for a custom domain",
    },
  },
  workload: machineOf(["sub"], "11111111-2222-4333-8444-555555555555"),
};
