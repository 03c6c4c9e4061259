import type { ApiStore } from "../apis/api-store.js";
import type { Project } from "../projects/project.entity.js";
import { tokenProfiles } from "../tokens/profiles/registry.js";
import type { ErrorFormat } from "../tokens/profiles/token-profile.js";
import { requestedAudience } from "./grants/token-request-parameters.js";
import type { OAuthParameters } from "./oauth-parameters.js";

export interface TokenErrorServices {
  apis: ApiStore;
}

/** The error format of the requested API's token profile; without such an API, of the project's. */
export function tokenErrorFormat({ apis }: TokenErrorServices) {
  return async (project: Project, parameters: OAuthParameters): Promise<ErrorFormat> => {
    const audience = requestedAudience(parameters) ?? project.defaultAudience;
    const api = audience
      ? await apis.findByIdentifier(project.projectId, audience).catch(() => null)
      : null;
    return tokenProfiles[api?.tokenProfile ?? project.tokenProfile].errorFormat;
  };
}
