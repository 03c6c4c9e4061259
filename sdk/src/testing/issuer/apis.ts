import { createApiRules } from "../../../../src/apis/api-rules.js";
import { buildApi } from "../../../../src/apis/build-api.js";
import { assertWithinMaximum } from "../../../../src/projects/access-token-lifetime.js";
import { CountersignError } from "../../../../src/shared/errors.js";
import { validate } from "../../../../src/shared/validation.js";
import type { TestApi } from "../setup.js";
import type { Records } from "./records.js";
import { Projects } from "./stores.js";

/** @throws BAD_USER_INPUT, ALREADY_EXISTS */
export function addApi(records: Records, api: TestApi, now: Date): void {
  const { project, apis } = records;
  const rules = validate(createApiRules, {
    ...api,
    name: api.name ?? api.identifier.slice(0, 128),
    scopes: (api.scopes ?? []).map((value) => ({ value })),
  });
  const projects = new Projects(records);
  const { identifier } = rules;
  const reserved = [project.projectId, projects.sessionAudienceOf(project.issuer)];
  if (reserved.includes(identifier) || apis.has(identifier)) {
    const details = { path: ["input", "identifier"] };
    throw new CountersignError("ALREADY_EXISTS", "This identifier is already in use", details);
  }
  const { accessTokenLifetimeSeconds: lifetime } = rules;
  if (lifetime) assertWithinMaximum(project.maximumAccessTokenLifetimeSeconds, lifetime);
  const built = buildApi(project.projectId, rules, now);
  apis.set(identifier, Object.assign(built, { signingAlgorithm: rules.signingAlgorithm ?? null }));
}
