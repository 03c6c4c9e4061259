import type { EntityManager } from "typeorm";
import type { Config } from "../config.js";
import type { Observation, ObservationKind } from "../observations/observation.entity.js";
import type { Variables } from "../production-settings.js";
import type { CheckDescription } from "./check.js";

/** What checks of configuration and surroundings look at. */
export interface HostContext {
  config: Config;
  env: Variables;
  read: EntityManager;
  observations: readonly Observation[];
  now: Date;
  /** statfs(2) */
  statfs(path: string): FileSystem;
}

export interface FileSystem {
  type: number;
  bavail: number;
  blocks: number;
  bsize: number;
}

export interface HostFinding {
  /** What it is about: a setting, a file, an address, an issuer, a profile or a client. */
  subject: string;
  /** One sentence, without secrets. */
  sentence: string;
  /** Absent: it is about the server. */
  projectId?: string;
}

/** One thing that an operator may have got wrong in the whole server, outside of the data of projects. */
export interface HostCheck extends CheckDescription {
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
