import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from "jose";
import { currentSigningAlgorithm } from "../projects/signing-algorithm.js";
import type { Services } from "../services.js";
import { epochSeconds, systemClock } from "../shared/clock.js";

/** Signs a token with the first project's key, and verifies it with what the JWKS publishes. Nothing is written. */
export async function assertSigns({ projectStore, signingKeys, oauth }: Services): Promise<void> {
  const project = await projectStore.findDefault();
  if (!project) return;
  const { projectId } = project;
  const algorithm = currentSigningAlgorithm(project);
  const claims = { iat: epochSeconds(systemClock.now()) };
  const token = await signingKeys.sign(projectId, { algorithm, typ: "JWT", claims });
  const keySet = JSON.parse((await oauth.keySets.load({ projectId })) ?? "") as JSONWebKeySet;
  await jwtVerify(token, createLocalJWKSet(keySet), { algorithms: [algorithm] });
}
