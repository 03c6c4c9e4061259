import { z } from "zod";
import { machineOf, type Preset, type PresetSettings, under } from "./preset.js";

const USER_POOL = /^([a-z]{2}(?:-[a-z]+)+-\d)_[A-Za-z0-9]+$/;

const userPool = z
  .string()
  .regex(
    USER_POOL,
    "Must be the id of the user pool, such as `eu-west-1_AbCdEf123`, which begins with the region",
  );

function userPoolPreset(
  preset: Pick<Preset, "title" | "description">,
  tokenUse: string,
  settings: PresetSettings,
): Preset {
  return {
    ...preset,
    parameters: { tenantId: userPool },
    settings: ({ tenantId = "" }) => {
      const [, region] = USER_POOL.exec(tenantId) ?? [];
      return {
        issuer: region && `https://cognito-idp.${region}.amazonaws.com/${tenantId}`,
        allowedAlgorithms: ["RS256"],
        // The same keys, issuer and user pool sign the other kind of token.
        claimConditions: [{ claim: "token_use", operator: "EQUALS", values: [tokenUse] }],
        ...settings,
      };
    },
    keySetUrl: (issuer) => under(issuer, ".well-known/jwks.json"),
    needs: {
      issuer: {
        path: ["preset", "tenantId"],
        what: "`tenantId`, the id of the user pool, such as `eu-west-1_AbCdEf123`",
      },
      audience: { path: ["audience"], what: "`audience`, the id of the app client" },
    },
    workload: machineOf(["sub"], "1example23456789"),
  };
}

/** https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-id-token.html */
export const cognitoIdToken = userPoolPreset(
  {
    title: "Cognito (ID tokens)",
    description:
      "ID tokens of an Amazon Cognito user pool. Give `tenantId`, the user pool's id, and `audience`, the app client's id.",
  },
  "id",
  {
    attributeMapping: { tokenId: "jti", email: "email", externalMemberId: "sub", name: "name" },
  },
);

/** https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-access-token.html */
export const cognitoAccessToken = userPoolPreset(
  {
    title: "Cognito (access tokens)",
    description:
      "Access tokens of an Amazon Cognito user pool, which have `client_id` instead of `aud`. Give `tenantId`, the user pool's id, and `audience`, the app client's id.",
  },
  "access",
  { audienceClaim: "client_id", attributeMapping: { tokenId: "jti", externalMemberId: "sub" } },
);
