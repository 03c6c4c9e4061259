import type { ClientStore } from "../clients/client-store.js";
import type { ProjectStore } from "../projects/project-store.js";
import { assertPermitted, type Caller } from "../shared/caller.js";
import { everyClient } from "../shared/client-reach.js";
import type { JsonObject } from "../shared/trusted-metadata.js";
import { idToLookUp, validate } from "../shared/validation.js";
import { renderCustomClaims } from "./custom-claims.js";
import {
  listedParameters,
  type RequestParameter,
  requestParameterList,
} from "./request-parameters.js";

/** Renders a claims template for a client without issuing a token. */
export class TokenClaimsPreview {
  constructor(
    private readonly projects: ProjectStore,
    private readonly clients: ClientStore,
  ) {}

  /**
   * Needs `clients:read` too, since a template can show the client's trusted metadata.
   * @param template absent: the project's
   * @param requestParameters absent: the claims of a request without them
   * @throws FORBIDDEN, BAD_USER_INPUT, CLIENT_NOT_FOUND
   */
  async preview(
    caller: Caller,
    clientId: string,
    template: string | null | undefined,
    requestParameters: RequestParameter[] | null | undefined,
  ): Promise<JsonObject> {
    assertPermitted(caller, "settings:read", "clients:read");
    validate(idToLookUp, clientId, ["clientId"]);
    const request = listedParameters(
      validate(requestParameterList.nullish(), requestParameters, ["requestParameters"]),
    );
    const { projectId } = caller;
    const client = await this.clients.get(everyClient(caller), clientId);
    const { claimsTemplate } = await this.projects.get(projectId);
    return renderCustomClaims(template ?? claimsTemplate, client, request, ["template"]);
  }
}
