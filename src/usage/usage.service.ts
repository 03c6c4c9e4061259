import { Between } from "typeorm";
import type { Platform } from "../platform/platform.js";
import { assertPermittedAny, type Caller } from "../shared/caller.js";
import { secondsFrom } from "../shared/clock.js";
import { badUserInput } from "../shared/errors.js";
import { ClientUsage } from "./client-usage.entity.js";
import { ScopeUse } from "./scope-use.entity.js";

const HOUR_SECONDS = 3600;
const DEFAULT_HOURS = 24;
const MAX_DAYS = 31;

export interface UsagePeriod {
  from?: Date | null;
  to?: Date | null;
}

interface Counts {
  tokensIssued: number;
  requestsRefused: number;
}

export interface UsageSummary extends Counts {
  from: Date;
  to: Date;
  hours: (Counts & { hour: Date })[];
  /** Without refused requests, which belong to no audience. */
  audiences: { audience: string; tokensIssued: number }[];
}

/** Tells how clients use their credentials and scopes. */
export class UsageService {
  constructor(private readonly platform: Platform) {}

  /**
   * Of a client that the caller may read.
   * @throws BAD_USER_INPUT
   */
  async ofClient(caller: Caller, clientId: string, period: UsagePeriod): Promise<UsageSummary> {
    assertPermittedAny(caller, "clients:read", "own_clients:read");
    const { from, to } = validPeriod(period, this.platform.clock.now());
    const rows = await this.platform.unitOfWork.read.find(ClientUsage, {
      where: {
        projectId: caller.projectId,
        clientId,
        hour: Between(from, secondsFrom(to, -0.001)),
      },
      order: { hour: "ASC", audience: "ASC" },
    });
    const hours = sumBy(rows, ({ hour }) => hour.toISOString());
    const audiences = sumBy(
      rows.filter(({ audience }) => audience !== ""),
      ({ audience }) => audience,
    );
    return {
      from,
      to,
      ...sum(rows),
      hours: hours.map(([hour, counts]) => ({ hour: new Date(hour), ...counts })),
      audiences: audiences.map(([audience, { tokensIssued }]) => ({ audience, tokensIssued })),
    };
  }

  /** When the client last asked for each scope that it has for the audience. */
  async scopesOf(caller: Caller, clientId: string, audience: string): Promise<ScopeUse[]> {
    assertPermittedAny(caller, "clients:read", "own_clients:read");
    return this.platform.unitOfWork.read.find(ScopeUse, {
      where: { projectId: caller.projectId, clientId, audience },
      order: { scope: "ASC" },
    });
  }
}

/** Whole hours, the last 24 unless said. */
function validPeriod({ from, to }: UsagePeriod, now: Date) {
  const end = to ?? secondsFrom(startOfHour(now), HOUR_SECONDS);
  const start = startOfHour(from ?? secondsFrom(end, -DEFAULT_HOURS * HOUR_SECONDS));
  if (end <= start) throw badUserInput(["to"], "Must be after `from`");
  if (end > secondsFrom(start, MAX_DAYS * 24 * HOUR_SECONDS)) {
    throw badUserInput(["from"], `Must be at most ${MAX_DAYS} days before \`to\``);
  }
  return { from: start, to: end };
}

function startOfHour(date: Date): Date {
  const ms = HOUR_SECONDS * 1000;
  return new Date(Math.floor(date.getTime() / ms) * ms);
}

function sum(rows: readonly Counts[]): Counts {
  return rows.reduce<Counts>(
    (total, row) => ({
      tokensIssued: total.tokensIssued + row.tokensIssued,
      requestsRefused: total.requestsRefused + row.requestsRefused,
    }),
    { tokensIssued: 0, requestsRefused: 0 },
  );
}

function sumBy(rows: readonly ClientUsage[], keyOf: (row: ClientUsage) => string) {
  return [...Map.groupBy(rows, keyOf)].map(([key, group]) => [key, sum(group)] as const);
}
