import type { EntityManager } from "typeorm";
import type { Page, PageRequest } from "../persistence/page.js";
import type { Project } from "../projects/project.entity.js";
import { secondsFrom } from "../shared/clock.js";

/** The most urgent first. */
export const CHECK_LEVELS = ["ERROR", "WARNING", "NOTICE"] as const;
export type CheckLevel = (typeof CHECK_LEVELS)[number];

/** What findings are about, named as in audit events. */
export type TargetType =
  | "project"
  | "api"
  | "client"
  | "clientGrant"
  | "managementKey"
  | "profile"
  | "signingKey"
  | "publishedKey"
  | "surroundings";

/** What a check tells an operator; docs/reference/readiness-checks.md. */
export interface CheckDescription {
  /** Stays the same for ever: notes and scripts name it. */
  id: string;
  level: CheckLevel;
  what: string;
  why: string;
  whatToDo: string;
  /** A page below docs/, with its section. */
  docs: string;
}

/** One thing that an operator may have got wrong, or forgotten, in the data of a project. */
export interface DataCheck extends CheckDescription {
  target: TargetType;
  find(scope: DataScope): Findings;
}

/** Where a check looks. */
export interface DataScope {
  checkId: string;
  target: TargetType;
  read: EntityManager;
  project: Project;
  now: Date;
  about: About;
  /** Whether findings that somebody has dismissed are wanted, or the others. */
  isDismissed: boolean;
}

/** Limits findings to those about a client or an API. */
export interface About {
  clientId?: string | null | undefined;
  apiId?: string | null | undefined;
}

export interface Finding {
  targetType: TargetType;
  /** An id; of surroundings a setting, a file, an address or an issuer. */
  targetId: string;
  /** One sentence, without secrets. */
  sentence: string;
  clientId?: string | null;
  apiId?: string | null;
}

export interface Findings {
  /** At most `MAX_COUNTED`. */
  count(): Promise<number>;
  page(request: PageRequest): Promise<Page<Finding>>;
}

/** Findings that are counted; of a million clients each may have one. */
export const MAX_COUNTED = 1000;

export const NO_FINDINGS: Findings = {
  count: async () => 0,
  page: async () => ({
    nodes: [],
    cursorFor: () => "",
    hasNextPage: async () => false,
    hasPreviousPage: async () => false,
    countTotal: async () => 0,
  }),
};

export const daysFrom = (date: Date, days: number) => secondsFrom(date, days * 24 * 3600);

export const dayOf = (date: Date | null) => date?.toISOString().slice(0, 10) ?? "";

const NOUNS: Readonly<Record<TargetType, string>> = {
  project: "The project",
  api: "The API",
  client: "The client",
  clientGrant: "The grant",
  managementKey: "The management key",
  profile: "The profile",
  signingKey: "The signing key",
  publishedKey: "The published key",
  surroundings: "",
};

/** @param rest what the target does, such as `has expired` */
export function sentenceOn(target: TargetType, id: string, name: unknown, rest: string): string {
  const named = typeof name === "string" && name !== "" ? `${id} (${name})` : id;
  return `${NOUNS[target]} ${named} ${rest}`.trim();
}
