import { In } from "typeorm";
import { Api } from "../apis/api.entity.js";
import { countOwnedBy } from "../clients/client-owners.js";
import type { UnitOfWork } from "../persistence/unit-of-work.js";
import { Project } from "../projects/project.entity.js";
import { assertPermitted, type Caller } from "../shared/caller.js";
import type { ClientOwner } from "../shared/client-owner.js";
import type { HeldGrant } from "../shared/held-authority.js";
import type { OwnClientsAuthority } from "./own-clients-authority.js";

export interface OwnClientLimits {
  owner: ClientOwner;
  scopes: readonly string[];
  apis: (HeldGrant & Pick<Api, "apiId" | "identifier" | "name">)[];
  expiresAt: Date | null;
  clientCount: number;
  maximumClients: number;
}

/** What a caller may give to the clients of its owner, for a customer's page that offers no more. */
export class OwnClientLimitsService {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly authority: OwnClientsAuthority,
  ) {}

  /** @returns null for a caller without an owner @throws FORBIDDEN */
  async find(caller: Caller): Promise<OwnClientLimits | null> {
    assertPermitted(caller, "own_clients:read");
    const { projectId, owner } = caller;
    if (owner === null) return null;
    const { read } = this.unitOfWork;
    const { scopes, grants, expiresAt } = await this.authority.heldBy(caller);
    const apis = await read.find(Api, {
      where: { projectId, apiId: In([...grants.keys()]) },
      order: { identifier: "ASC" },
    });
    const project = await read.findOneByOrFail(Project, { projectId });
    return {
      owner,
      scopes,
      apis: apis.flatMap(({ apiId, identifier, name }) => {
        const grant = grants.get(apiId);
        return grant ? [{ apiId, identifier, name, ...grant }] : [];
      }),
      expiresAt,
      clientCount: await countOwnedBy(read, projectId, owner),
      maximumClients: project.maximumClientsPerOwner,
    };
  }
}
