import { z } from "zod";
import {
  accessTokenLifetimeSeconds,
  assertWithinMaximum,
  DEFAULT_ACCESS_TOKEN_LIFETIME_SECONDS,
  DEFAULT_MAXIMUM_LIFETIME_SECONDS,
} from "../../../../src/projects/access-token-lifetime.js";
import { claimsTemplateText } from "../../../../src/projects/claims-template-rules.js";
import { issuerUrl } from "../../../../src/projects/issuer-location.js";
import {
  DEFAULT_MAXIMUM_CLIENTS_PER_OWNER,
  Project,
  SESSION_TOKEN_PROFILES,
  SIGNING_ALGORITHMS,
  TOKEN_PROFILES,
} from "../../../../src/projects/project.entity.js";
import { M2M_TEMPLATE, SESSION_TEMPLATE } from "../../../../src/projects/template-language.js";
import { PROJECT_ID, PROJECT_ID_RULE } from "../../../../src/shared/ids.js";
import { idToLookUp, singleLine, validate } from "../../../../src/shared/validation.js";
import type { TestIssuerSetup } from "../setup.js";
import type { Records } from "./records.js";

export const DEFAULT_ISSUER = "https://issuer.test";

const projectRules = z.object({
  issuer: issuerUrl.default(DEFAULT_ISSUER),
  projectId: z.string().regex(PROJECT_ID, PROJECT_ID_RULE).default("project-test"),
  claimsTemplate: claimsTemplateText(M2M_TEMPLATE).optional(),
  sessionClaimsTemplate: claimsTemplateText(SESSION_TEMPLATE).optional(),
  defaultAudience: singleLine(1, 600).optional(),
  tokenProfile: z.enum(TOKEN_PROFILES).default("DEFAULT"),
  sessionTokenProfile: z.enum(SESSION_TOKEN_PROFILES).default("DEFAULT"),
  signingAlgorithm: z.enum(SIGNING_ALGORITHMS).default("RS256"),
  accessTokenLifetimeSeconds: accessTokenLifetimeSeconds.default(
    DEFAULT_ACCESS_TOKEN_LIFETIME_SECONDS,
  ),
  maximumAccessTokenLifetimeSeconds: accessTokenLifetimeSeconds.default(
    DEFAULT_MAXIMUM_LIFETIME_SECONDS,
  ),
  introspectionClientId: idToLookUp.optional(),
});

/** @throws BAD_USER_INPUT */
export function buildProject(setup: TestIssuerSetup, now: Date): Records["project"] {
  const settings = validate(projectRules, setup);
  assertWithinMaximum(
    settings.maximumAccessTokenLifetimeSeconds,
    settings.accessTokenLifetimeSeconds,
  );
  return Object.assign(new Project(), {
    ...settings,
    name: "Test",
    environment: "TEST" as const,
    isFirst: true,
    claimsTemplate: settings.claimsTemplate ?? null,
    sessionClaimsTemplate: settings.sessionClaimsTemplate ?? null,
    defaultAudience: settings.defaultAudience ?? null,
    introspectionClientId: settings.introspectionClientId ?? null,
    signingKeyRotationDays: null,
    formerSigningAlgorithm: null,
    maximumSessionDurationMinutes: null,
    maximumSessionAgeMinutes: null,
    maximumClientsPerOwner: DEFAULT_MAXIMUM_CLIENTS_PER_OWNER,
    inheritedMetadataKeys: [],
    allowBasicVerification: false,
    createdAt: now,
    updatedAt: now,
    version: 1,
  });
}
