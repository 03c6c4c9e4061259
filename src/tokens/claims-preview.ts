import type { ClientService } from "../clients/client.service.js";
import type { ProjectService } from "../projects/project.service.js";
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
   * @throws BAD_USER_INPUT, CLIENT_NOT_FOUND
   */
  async preview(
    projectId: string,
    clientId: string,
    template: string | null | undefined,
  ): Promise<JsonObject> {
    const client = await this.clients.get(projectId, clientId);
    const saved = (await this.projects.get(projectId)).claimsTemplate;
    return customClaims(template ?? saved, client, ["template"]);
  }
}
