import { auth0 } from "./auth0.js";
import { clerk } from "./clerk.js";
import { cognitoAccessToken, cognitoIdToken } from "./cognito.js";
import { entraMultiTenant, entraSingleTenant } from "./entra.js";
import { firebase } from "./firebase.js";
import { githubActions } from "./github-actions.js";
import { gitlab } from "./gitlab.js";
import { google } from "./google.js";
import { keycloak } from "./keycloak.js";
import { kubernetes } from "./kubernetes.js";
import { okta } from "./okta.js";
import type { Preset } from "./preset.js";
import { spiffe } from "./spiffe.js";
import { supabase } from "./supabase.js";

/** All presets. What each fills, and why, is in docs/attestation.md. */
export const PROFILE_PRESETS = {
  SUPABASE: supabase,
  AUTH0: auth0,
  OKTA: okta,
  ENTRA_SINGLE_TENANT: entraSingleTenant,
  ENTRA_MULTI_TENANT: entraMultiTenant,
  GOOGLE: google,
  FIREBASE: firebase,
  COGNITO_ID_TOKEN: cognitoIdToken,
  COGNITO_ACCESS_TOKEN: cognitoAccessToken,
  CLERK: clerk,
  KEYCLOAK: keycloak,
  GITHUB_ACTIONS: githubActions,
  GITLAB: gitlab,
  KUBERNETES: kubernetes,
  SPIFFE: spiffe,
} as const satisfies Record<string, Preset>;

export type ProfileProvider = keyof typeof PROFILE_PRESETS;
