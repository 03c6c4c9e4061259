import { SigningKey } from "./signing-key.entity.js";

/** The columns of the key that signs, in the row of a prepared read. */
export const CURRENT_KEY = {
  entity: SigningKey,
  only: ["kid", "algorithm", "longestLifetimeSeconds"],
} as const;

export type CurrentSigningKey = Pick<SigningKey, (typeof CURRENT_KEY.only)[number]>;

/** The columns of a key that verifies, in the row of a prepared read. */
export const VERIFICATION_KEY = {
  entity: SigningKey,
  only: ["kid", "algorithm", "publicJwk"],
} as const;

export type VerificationKey = Pick<SigningKey, (typeof VERIFICATION_KEY.only)[number]>;

/**
 * Joins the current key of a row `project` as `signingKey`.
 * @param algorithms columns with the algorithm, of which the first that is not null counts: see
 *   `currentSigningAlgorithm`
 */
export const joinCurrentKey = (...algorithms: string[]) => `
  LEFT JOIN signing_keys AS "signingKey"
    ON "signingKey".project_id = project.project_id
    AND "signingKey".algorithm = COALESCE(${algorithms.join(", ")})
    AND "signingKey".status = 'CURRENT'`;
