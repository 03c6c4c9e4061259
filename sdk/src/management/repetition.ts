import type { Answer, Input, MutationName } from "./operations.js";

type Repetition<M extends MutationName> = boolean | ((input: Input<M>) => boolean);

/**
 * Whether a mutation may be sent again when nobody knows if it has taken effect.
 * - Creations, imports and new secrets have an idempotency key: the server performs them once.
 * - An update says what shall be, so that a second one changes nothing. With `expectedVersion` it is VERSION_CONFLICT
 *   if the first took effect, which the caller answers as ever: read, then decide.
 * - What deletes, revokes or withdraws leaves nothing to a second one, and what only verifies changes nothing.
 * - A second token, or a second JWT of the same session, does no harm.
 */
const IS_REPEATABLE: { readonly [M in MutationName]: Repetition<M> } = {
  addProfileKey: true,
  // A token that a profile accepts once would be refused, and another session would start.
  attestSession: false,
  authenticateSession: true,
  // These three name no rotation. A second one could end the rotation that somebody has started since.
  cancelSecretRotation: false,
  completeSecretRotation: false,
  revokePreviousSecret: false,
  createApi: true,
  createClient: true,
  createClientGrant: true,
  createManagementKey: true,
  createMember: true,
  createOrganization: true,
  createProfile: true,
  createProject: true,
  deleteApi: true,
  deleteClient: true,
  deleteClientGrant: true,
  deleteManagementKey: true,
  deleteMember: true,
  deleteOrganization: true,
  deleteProfile: true,
  deleteProject: true,
  dismissReadinessFinding: true,
  // Another session would start.
  exchangeSession: false,
  importClient: true,
  issueToken: true,
  publishKey: true,
  removeProfileKey: true,
  restoreReadinessFinding: true,
  revokeClientTokens: true,
  revokeSession: true,
  revokeSigningKey: true,
  revokeToken: true,
  rotateSecret: true,
  // It would rotate twice.
  rotateSigningKey: false,
  startSecretRotation: true,
  testProfile: true,
  updateApi: true,
  updateClient: true,
  updateClientGrant: true,
  updateManagementKey: true,
  updateMember: true,
  updateOrganization: true,
  updateProfile: true,
  updateProject: true,
  verifyClient: true,
  // A proof counts once (RFC 9449 section 11.1).
  verifyToken: ({ dpop }) => !dpop,
  withdrawKey: true,
};

export function isRepeatable(mutation: MutationName, input: object): boolean {
  const rule = IS_REPEATABLE[mutation] as boolean | ((input: object) => boolean);
  return typeof rule === "function" ? rule(input) : rule;
}

type Ending = Extract<MutationName, `delete${string}` | "withdrawKey" | "revokeSession">;

/** The answers of mutations after which something is gone, which name it as their input does. */
const GONE: { readonly [M in Ending]: (input: Input<M>) => Answer<M> | null } = {
  deleteApi: ({ apiId }) => ({ apiId }),
  deleteClient: ({ clientId }) => ({ clientId }),
  deleteClientGrant: ({ clientGrantId }) => ({ clientGrantId }),
  deleteManagementKey: ({ managementKeyId }) => ({ managementKeyId }),
  deleteMember: ({ memberId }) => ({ memberId }),
  deleteOrganization: ({ organizationId }) => ({ organizationId }),
  deleteProfile: ({ profileId }) => ({ profileId }),
  deleteProject: ({ projectId }) => ({ projectId }),
  revokeSession: ({ target: { sessionId } }) => (sessionId ? { sessionId } : null),
  withdrawKey: ({ kid }) => ({ kid }),
};

/**
 * The answer of a mutation that finds nothing to end, after an attempt whose answer was lost: it is gone, as it should
 * be. Null where the answer cannot be told from the input.
 */
export function answerIfGone(mutation: MutationName, input: object, code: string): object | null {
  if (!code.endsWith("_NOT_FOUND") || !Object.hasOwn(GONE, mutation)) return null;
  const answer = GONE[mutation as Ending] as (input: object) => object | null;
  return answer(input);
}
