import type { EntityManager } from "typeorm";
import type { Config } from "../config.js";
import type { Observation, ObservationKind } from "../observations/observation.entity.js";
import type { Variables } from "../production-settings.js";

export type HostCheckLevel = "ERROR" | "WARNING" | "NOTICE";

/** What checks of configuration and surroundings look at. */
export interface HostContext {
  config: Config;
  env: Variables;
  read: EntityManager;
  observations: readonly Observation[];
  now: Date;
}

export interface HostFinding {
  /** What it is about: a setting, a file, an address, an issuer, a profile or a client. */
  subject: string;
  /** One sentence, without secrets. */
  sentence: string;
  /** Absent: it is about the server. */
  projectId?: string;
}

/** One thing that an operator may have got wrong outside of the data. */
export interface HostCheck {
  /** Stays the same for ever: notes and scripts name it. */
  id: string;
  level: HostCheckLevel;
  what: string;
  why: string;
  whatToDo: string;
  /** A page below docs/, with its section. */
  docs: string;
  find(context: HostContext): readonly HostFinding[] | Promise<readonly HostFinding[]>;
}

export const finding = (subject: string, rest: string): HostFinding => ({
  subject,
  sentence: `${subject} ${rest}`,
});

/** What processes have observed within the last day. */
export const observed =
  (kind: ObservationKind) =>
  ({ observations }: Pick<HostContext, "observations">): HostFinding[] =>
    observations
      .filter((observation) => observation.kind === kind)
      .map(({ subject, detail }) => finding(subject, detail));

const LOCAL = /^(?:localhost|.*\.localhost|127\.\d+\.\d+\.\d+|\[::1\]|::1)$/;

export const isLocal = (hostname: string) => LOCAL.test(hostname);

/** Whether people use this server from elsewhere: on a developer's machine most of these checks are noise. */
export const isDeployed = ({ publicUrl }: Pick<Config, "publicUrl">) =>
  !isLocal(new URL(publicUrl).hostname);
