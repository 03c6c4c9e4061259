import { Api } from "../apis/api.entity.js";
import { apiNotFound } from "../apis/api-store.js";
import type { Client } from "../clients/client.entity.js";
import type { UnitOfWork } from "../persistence/unit-of-work.js";
import { mostSpecificLifetime, type WithLifetime } from "../projects/access-token-lifetime.js";
import { Project } from "../projects/project.entity.js";
import type { Caller } from "../shared/caller.js";
import type { ClientReach } from "../shared/client-reach.js";
import { CountersignError } from "../shared/errors.js";
import type { HeldAuthority, HoldersOfAuthority } from "../shared/held-authority.js";
import { scopeMatcher } from "../shared/scopes.js";
import { ClientGrant } from "./client-grant.entity.js";
import {
  type Excess,
  excessOfClaims,
  excessOfGrant,
  excessOfLimits,
  excessOfScopes,
} from "./excess.js";

type WithScopes = Pick<ClientGrant, "scopes">;
type Access = Pick<ClientGrant, "scopes" | "allScopes" | "accessTokenLifetimeSeconds">;

const GIVES = "The caller must itself hold what it gives to a client";
const TAKES_OVER = "The caller must itself hold all that the client does";
const MAX_NAMED = 3;

/**
 * Keeps callers with `own_clients:write` within what they hold (ADR 0029): they pass on nothing else, and take over only
 * clients that hold no more. Other callers may do everything here. Its methods run in a unit of work with the client
 * locked, and with it what the caller holds.
 */
export class OwnClientsAuthority {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly holders: HoldersOfAuthority,
  ) {}

  /** @throws FORBIDDEN */
  async heldBy(caller: Caller): Promise<HeldAuthority> {
    const read = this.holders[caller.actor.type];
    if (read) return read(caller);
    throw new CountersignError("FORBIDDEN", "The caller holds nothing that it could pass on");
  }

  /**
   * @param before the client before the change; null: it is new
   * @throws FORBIDDEN for what the change adds to the client and the caller does not hold
   */
  async assertMayPassOn(reach: ClientReach, before: Client | null, client: Client): Promise<void> {
    if (reach.owner === null) return;
    const scopes = addedScopes(before, client);
    const isSameLifetime = before?.accessTokenLifetimeSeconds === client.accessTokenLifetimeSeconds;
    if (before && scopes.length === 0 && isSameLifetime) return;
    const project = await this.#projectOf(client);
    const isNewOrLonger =
      !before || mostSpecificLifetime(client, project) > mostSpecificLifetime(before, project);
    const addsToProject = scopes.length > 0 || isNewOrLonger;
    const grants = before && !isSameLifetime ? await this.#grantsOf(client) : [];
    const longer = grants.filter(
      (grant) =>
        mostSpecificLifetime(grant, client, grant.api, project) >
        mostSpecificLifetime(grant, before ?? client, grant.api, project),
    );
    if (!addsToProject && longer.length === 0) return;
    const held = await this.heldBy(reach.caller);
    assertNoExcess(GIVES, [
      ...(addsToProject ? excessOfScopes(held, client, project, scopes) : []),
      ...longer.flatMap((grant) => excessOfGrant(held, client, grant, project, [])),
      ...excessOfLimits(held, client),
    ]);
  }

  /**
   * @param before the grant before the change; null: it is new
   * @throws FORBIDDEN for what the change adds to the grant and the caller does not hold
   */
  async assertMayGrant(
    reach: ClientReach,
    client: Client,
    api: Api,
    before: Access | null,
    grant: ClientGrant,
  ): Promise<void> {
    if (reach.owner === null) return;
    const scopes = before?.allScopes ? [] : addedScopes(before, grant);
    const project = await this.#projectOf(client);
    const lifetime = (one: WithLifetime) => mostSpecificLifetime(one, client, api, project);
    const addsScopes = scopes.length > 0 || (grant.allScopes && !before?.allScopes);
    if (before && !addsScopes && lifetime(grant) <= lifetime(before)) return;
    const held = await this.heldBy(reach.caller);
    assertNoExcess(GIVES, [
      ...excessOfGrant(held, client, { ...grant, api }, project, scopes),
      ...excessOfLimits(held, client),
    ]);
  }

  /**
   * An API on which the caller has no grant is for it like one that does not exist.
   * @throws API_NOT_FOUND
   */
  async assertKnowsApi({ owner, caller }: ClientReach, apiId: string): Promise<void> {
    if (owner === null) return;
    const { grants } = await this.heldBy(caller);
    if (!grants.has(apiId)) throw apiNotFound();
  }

  /** @throws FORBIDDEN if the client holds more than the caller, and so would its new credential */
  async assertHoldsNoMore(
    { owner, caller }: ClientReach,
    client: Client,
    path: readonly (string | number)[],
  ): Promise<void> {
    if (owner === null) return;
    const held = await this.heldBy(caller);
    const project = await this.#projectOf(client);
    const grants = await this.#grantsOf(client);
    const excess: Pick<Excess, "text">[] = [
      ...excessOfScopes(held, client, project),
      ...grants.flatMap((grant) => excessOfGrant(held, client, grant, project)),
      ...excessOfLimits(held, client),
      ...excessOfClaims(held, client, project),
      ...((await this.#introspects(caller, client))
        ? [{ text: "the introspection of tokens" }]
        : []),
    ];
    assertNoExcess(
      TAKES_OVER,
      excess.map(({ text }) => ({ text, path })),
    );
  }

  async #introspects({ actor }: Caller, { projectId, clientId }: Client): Promise<boolean> {
    if (actor.type === "CLIENT" && actor.id === clientId) return false;
    const where = { projectId, introspectionClientId: clientId };
    const { read } = this.unitOfWork;
    return (await read.existsBy(Project, where)) || read.existsBy(Api, where);
  }

  async #projectOf({ projectId }: Client): Promise<Project> {
    return this.unitOfWork.read.findOneByOrFail(Project, { projectId });
  }

  async #grantsOf({ projectId, clientId }: Client): Promise<ClientGrant[]> {
    return this.unitOfWork.read.find(ClientGrant, {
      where: { projectId, clientId },
      relations: { api: true },
    });
  }
}

function addedScopes(before: WithScopes | null, { scopes }: WithScopes): string[] {
  const isFormer = scopeMatcher(before?.scopes ?? []);
  return scopes.filter((scope) => !isFormer(scope));
}

/** @throws FORBIDDEN */
function assertNoExcess(rule: string, excess: readonly Excess[]): void {
  const [first] = excess;
  if (!first) return;
  const others = excess.length - MAX_NAMED;
  const names = excess
    .slice(0, MAX_NAMED)
    .map(({ text }) => text)
    .join(", ");
  const message = `${rule}: it lacks ${names}${others > 0 ? ` and ${others} more` : ""}`;
  throw new CountersignError("FORBIDDEN", message, { path: first.path });
}
