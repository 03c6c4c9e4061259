import type { DataCheck } from "./check.js";
import { apiIntrospectionClient } from "./checks/api-introspection-client.js";
import { apiTokenLifetime } from "./checks/api-token-lifetime.js";
import { apiUnused } from "./checks/api-unused.js";
import { apiWildcardScope } from "./checks/api-wildcard-scope.js";
import { basicVerificationUnused } from "./checks/basic-verification-unused.js";
import { claimsTemplateInvalid } from "./checks/claims-template-invalid.js";
import { clientEnded } from "./checks/client-ended.js";
import { clientExpiring } from "./checks/client-expiring.js";
import { clientKeySetHttp } from "./checks/client-key-set-http.js";
import { clientNeverUsed } from "./checks/client-never-used.js";
import { clientScopeUnasked } from "./checks/client-scope-unasked.js";
import { clientTokenLifetime } from "./checks/client-token-lifetime.js";
import { clientUnused } from "./checks/client-unused.js";
import { grantAllScopes } from "./checks/grant-all-scopes.js";
import { grantEmpty } from "./checks/grant-empty.js";
import { grantScopeUnasked } from "./checks/grant-scope-unasked.js";
import { grantTokenLifetime } from "./checks/grant-token-lifetime.js";
import { managementKeyAllPermissions } from "./checks/management-key-all-permissions.js";
import { managementKeyEnded } from "./checks/management-key-ended.js";
import { managementKeyExpiring } from "./checks/management-key-expiring.js";
import { managementKeyIntrospects } from "./checks/management-key-introspects.js";
import { managementKeyUnused } from "./checks/management-key-unused.js";
import { maximumTokenLifetime } from "./checks/maximum-token-lifetime.js";
import { overlapLong } from "./checks/overlap-long.js";
import { ownerInactive } from "./checks/owner-inactive.js";
import { profileClientInactive } from "./checks/profile-client-inactive.js";
import { profileJitUnconditional } from "./checks/profile-jit-unconditional.js";
import { profileKeySetHttp } from "./checks/profile-key-set-http.js";
import { profileOrganizationInactive } from "./checks/profile-organization-inactive.js";
import { profileSessionUnlimited } from "./checks/profile-session-unlimited.js";
import { profileTokenReplay } from "./checks/profile-token-replay.js";
import { profileWorkloadUnconditional } from "./checks/profile-workload-unconditional.js";
import { projectIntrospectionClient } from "./checks/project-introspection-client.js";
import { projectTokenLifetime } from "./checks/project-token-lifetime.js";
import { publishedKeyOld } from "./checks/published-key-old.js";
import { registrarDeleted } from "./checks/registrar-deleted.js";
import { rotationUnfinished } from "./checks/rotation-unfinished.js";
import { secretExpiring } from "./checks/secret-expiring.js";
import { secretImported } from "./checks/secret-imported.js";
import { secretOld } from "./checks/secret-old.js";
import { sessionAgeUnlimited } from "./checks/session-age-unlimited.js";
import { signingKeyOld } from "./checks/signing-key-old.js";
import { signingKeyOverdue } from "./checks/signing-key-overdue.js";
import { signingKeyRotationOff } from "./checks/signing-key-rotation-off.js";
import { spareKeyMissing } from "./checks/spare-key-missing.js";

/** Checks of the data of each project. */
export const DATA_CHECKS: readonly DataCheck[] = [
  apiIntrospectionClient,
  apiTokenLifetime,
  apiUnused,
  apiWildcardScope,
  basicVerificationUnused,
  claimsTemplateInvalid,
  clientEnded,
  clientExpiring,
  clientKeySetHttp,
  clientNeverUsed,
  clientTokenLifetime,
  clientScopeUnasked,
  clientUnused,
  grantAllScopes,
  grantEmpty,
  grantScopeUnasked,
  grantTokenLifetime,
  managementKeyAllPermissions,
  managementKeyEnded,
  managementKeyExpiring,
  managementKeyIntrospects,
  managementKeyUnused,
  maximumTokenLifetime,
  overlapLong,
  ownerInactive,
  profileClientInactive,
  profileJitUnconditional,
  profileKeySetHttp,
  profileOrganizationInactive,
  profileSessionUnlimited,
  profileTokenReplay,
  profileWorkloadUnconditional,
  projectIntrospectionClient,
  projectTokenLifetime,
  publishedKeyOld,
  registrarDeleted,
  rotationUnfinished,
  secretExpiring,
  secretImported,
  secretOld,
  sessionAgeUnlimited,
  signingKeyOld,
  signingKeyOverdue,
  signingKeyRotationOff,
  spareKeyMissing,
];
