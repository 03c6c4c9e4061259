import type { Api } from "../../../../src/apis/api.entity.js";
import type { ClientGrant } from "../../../../src/client-grants/client-grant.entity.js";
import type { Client } from "../../../../src/clients/client.entity.js";
import type { ClientSecret } from "../../../../src/clients/client-secret.entity.js";
import type { Project } from "../../../../src/projects/project.entity.js";

/** What the server has in its database, of one project. */
export interface Records {
  project: Project & { issuer: string };
  /** By identifier. */
  apis: Map<string, Api>;
  /** By client id, like the next two. */
  clients: Map<string, Client>;
  secrets: Map<string, ClientSecret[]>;
  grants: Map<string, ClientGrant[]>;
  revokedTokenIds: Set<string>;
}

/** Every operator's authority: nothing that a setup makes is weaker than another. */
export const OPERATOR = { permissions: "ALL", expiresAt: null } as const;
