import type { ClientStore } from "../clients/client-store.js";
import type { ProjectStore } from "../projects/project-store.js";
import { assertPermitted, type Caller } from "../shared/caller.js";
import type { JsonObject } from "../shared/trusted-metadata.js";
import { idToLookUp, validate } from "../shared/validation.js";
import { renderCustomClaims } from "./custom-claims.js";

/** Shows what a claims template would put into a client's access tokens. */
export class ClaimsPreview {
  constructor(
    private readonly projects: ProjectStore,
    private readonly clients: ClientStore,
  ) {}

  /**
   * @param template absent: the saved one
   * @throws FORBIDDEN, since it shows the client's trusted metadata; BAD_USER_INPUT,
   *   CLIENT_NOT_FOUND
   */
  async preview(
    caller: Caller,
    clientId: string,
    template: string | null | undefined,
  ): Promise<JsonObject> {
    assertPermitted(caller, "project:read", "clients:read");
    validate(idToLookUp, clientId, ["clientId"]);
    const { projectId } = caller;
    const client = await this.clients.get(projectId, clientId);
    const saved = (await this.projects.get(projectId)).claimsTemplate;
    return renderCustomClaims(template ?? saved, client, ["template"]);
  }
}
