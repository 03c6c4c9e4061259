import { LRUCache } from "lru-cache";
import { type EntityManager, In } from "typeorm";
import { Client } from "../clients/client.entity.js";
import { insertMany } from "../persistence/insert-many.js";
import type { UnitOfWork } from "../persistence/unit-of-work.js";
import { WriteBehind } from "../persistence/write-behind.js";
import { scopeMatcher } from "../shared/scopes.js";
import { ClientUsage } from "./client-usage.entity.js";
import { ScopeUse } from "./scope-use.entity.js";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Of requests whose scopes have been noted today. */
const MAX_NOTED = 10_000;
/** Longer lists are noted again with each request. */
const MAX_NOTED_LENGTH = 500;

const ADD_TO_EXISTING = `("project_id", "client_id", "hour", "audience") DO UPDATE SET ${["tokens_issued", "requests_refused"].map((name) => `${name} = client_usage.${name} + excluded.${name}`).join(", ")}`;
const KEEP_LATEST = `("project_id", "client_id", "audience", "scope") DO UPDATE SET last_requested_at = excluded.last_requested_at WHERE excluded.last_requested_at > scope_uses.last_requested_at`;

interface OfClient {
  projectId: string;
  clientId: string;
}

interface ScopeRequest extends OfClient {
  audience: string;
  /** Null: all that are granted. */
  requested: readonly string[] | null;
  granted: readonly string[];
  day: Date;
}

type Usage = Omit<ClientUsage, "client">;

/**
 * Counts the tokens of each client by hour, and notes which of its scopes a client asks for. No request waits for
 * the write (ADR 0043).
 */
export class UsageRecorder {
  readonly #usage: WriteBehind<Usage>;
  readonly #scopes: WriteBehind<ScopeRequest>;
  readonly #notedToday = new LRUCache<string, true>({ max: MAX_NOTED });

  constructor(unitOfWork: UnitOfWork) {
    const write = <Fact extends OfClient>(
      facts: readonly Fact[],
      store: (manager: EntityManager, existing: Fact[]) => Promise<void>,
    ) =>
      unitOfWork.write(async (manager) => store(manager, await ofExistingClients(manager, facts)));
    this.#usage = new WriteBehind(
      (older, newer) => {
        newer.tokensIssued += older.tokensIssued;
        newer.requestsRefused += older.requestsRefused;
        return newer;
      },
      (facts) =>
        write(facts, (manager, existing) =>
          insertMany(manager, ClientUsage, existing as ClientUsage[], ADD_TO_EXISTING),
        ),
    );
    this.#scopes = new WriteBehind(
      (_older, newer) => newer,
      (facts) =>
        write(facts, (manager, existing) =>
          insertMany(manager, ScopeUse, usesOf(existing) as ScopeUse[], KEEP_LATEST),
        ),
    );
  }

  /** @param requested null: all that are granted */
  issued(
    projectId: string,
    clientId: string,
    audience: string,
    requested: readonly string[] | null,
    granted: readonly string[],
    now: Date,
  ): void {
    this.#count(projectId, clientId, audience, 1, 0, now);
    const day = Math.floor(now.getTime() / DAY_MS);
    const scopes = requested === null ? "*" : requested.join(" ");
    const key = `${projectId}\n${clientId}\n${audience}\n${day}\n${scopes}`;
    if (this.#notedToday.has(key)) return;
    if (key.length <= MAX_NOTED_LENGTH) this.#notedToday.set(key, true);
    const at = new Date(day * DAY_MS);
    this.#scopes.add(key, { projectId, clientId, audience, requested, granted, day: at });
  }

  refused({ projectId, clientId }: OfClient, now: Date): void {
    this.#count(projectId, clientId, "", 0, 1, now);
  }

  async flush(): Promise<void> {
    await this.#usage.flush();
    await this.#scopes.flush();
  }

  #count(
    projectId: string,
    clientId: string,
    audience: string,
    tokensIssued: number,
    requestsRefused: number,
    now: Date,
  ): void {
    const hour = Math.floor(now.getTime() / HOUR_MS);
    const at = new Date(hour * HOUR_MS);
    this.#usage.add(`${projectId}\n${clientId}\n${hour}\n${audience}`, {
      projectId,
      clientId,
      hour: at,
      audience,
      tokensIssued,
      requestsRefused,
    });
  }
}

/** A client may have been deleted since. */
async function ofExistingClients<Fact extends OfClient>(
  manager: EntityManager,
  facts: readonly Fact[],
): Promise<Fact[]> {
  const clients = await manager.find(Client, {
    select: { projectId: true, clientId: true },
    where: { clientId: In([...new Set(facts.map(({ clientId }) => clientId))]) },
  });
  const existing = new Set(clients.map((client) => `${client.projectId}\n${client.clientId}`));
  return facts.filter(({ projectId, clientId }) => existing.has(`${projectId}\n${clientId}`));
}

/** One for each granted scope that a request asked for. Sorted, so that processes lock rows in the same order. */
function usesOf(requests: readonly ScopeRequest[]): Omit<ScopeUse, "client">[] {
  const uses = new Map<string, Omit<ScopeUse, "client">>();
  for (const { projectId, clientId, audience, requested, granted, day } of requests) {
    const asked =
      requested === null
        ? granted
        : granted.filter((scope) => requested.some(scopeMatcher([scope])));
    for (const scope of asked) {
      const key = [projectId, clientId, audience, scope].join("\n");
      const known = uses.get(key);
      if (known && known.lastRequestedAt >= day) continue;
      uses.set(key, { projectId, clientId, audience, scope, lastRequestedAt: day });
    }
  }
  return [...uses].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, use]) => use);
}
