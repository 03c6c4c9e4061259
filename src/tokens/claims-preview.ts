import type { ClientService } from "../clients/client.service.js";
import type { ProjectService } from "../projects/project.service.js";
import { assertPermitted, type Caller } from "../shared/caller.js";
import type { JsonObject } from "../shared/trusted-metadata.js";
import { customClaims } from "./custom-claims.js";

/** Shows what a claims template would put into a client's access tokens. */
export class ClaimsPreview {
  constructor(
    private readonly projects: ProjectService,
    private readonly clients: ClientService,
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
    assertPermitted(caller, "clients:read");
    const { projectId } = caller;
    const client = await this.clients.get(projectId, clientId);
    const saved = (await this.projects.get(projectId)).claimsTemplate;
    return customClaims(template ?? saved, client, ["template"]);
  }
}
