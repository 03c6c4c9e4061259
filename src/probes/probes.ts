import { IsNull, Not } from "typeorm";
import type { KeySetFetchOptions } from "../key-sets/key-set-fetch.js";
import { KeySetUnavailable } from "../key-sets/key-set-unavailable.js";
import type { KeySources } from "../key-sets/key-sources.js";
import { observeClock } from "../observations/key-set-observer.js";
import type { Observations } from "../observations/observations.js";
import type { UnitOfWork } from "../persistence/unit-of-work.js";
import { Project } from "../projects/project.entity.js";
import type { ProjectStore } from "../projects/project-store.js";
import { currentSigningAlgorithm } from "../projects/signing-algorithm.js";
import type { Clock } from "../shared/clock.js";
import { SigningKey } from "../signing-keys/signing-key.entity.js";
import { TrustedAuthProfile } from "../trusted-auth/profile.entity.js";
import { ownerOf } from "../trusted-auth/trusted-auth-token-verifier.js";
import { domainProblem } from "./domain-probe.js";

/** Of each kind in one run, the oldest first. */
const MAX_TARGETS = 100;
const CONCURRENCY = 4;

export interface ProbeServices {
  observations: Pick<Observations, "record">;
  projectStore: ProjectStore;
  keySources: KeySources;
  clock: Clock;
}

/** Looks at what the server depends on as the world sees it, and records what is wrong. */
export function createProbes(
  unitOfWork: UnitOfWork,
  { observations, projectStore, keySources, clock }: ProbeServices,
  fetchOptions: KeySetFetchOptions,
) {
  const probeDomain = async (project: Project) => {
    const { projectId } = project;
    const issuer = projectStore.issuerFor(project);
    if (!issuer.startsWith("https:")) return;
    const algorithm = currentSigningAlgorithm(project);
    const where = { projectId, algorithm, status: "CURRENT" as const };
    const keys = await unitOfWork.read.find(SigningKey, { select: { kid: true }, where });
    const domain = { issuer, kids: keys.map(({ kid }) => kid) };
    const problem = await domainProblem(domain, clock.now(), fetchOptions);
    observations.record("DOMAIN_PROBLEM", issuer, problem);
  };
  const probeDatabaseClock = async () => {
    if (unitOfWork.read.dataSource.options.type !== "postgres") return;
    const [row] = await unitOfWork.read.query("SELECT clock_timestamp() AS now");
    observeClock(observations, "DATABASE_CLOCK_DIFFERS", clock.now(), (row as { now: Date }).now);
  };
  const probeKeySet = async (profile: TrustedAuthProfile) => {
    if (profile.jwksUrl === null) return;
    await keySources.fetch(ownerOf(profile), profile.jwksUrl).catch((error: unknown) => {
      if (!(error instanceof KeySetUnavailable)) throw error;
    });
  };
  return {
    /** Asks for the domains of projects and the key sets of profiles, and the database for its time. */
    run: async (signal: AbortSignal): Promise<void> => {
      const read = unitOfWork.read;
      await probeDatabaseClock();
      const projects = await read.find(Project, {
        where: [{ isFirst: true }, { issuer: Not(IsNull()) }],
        order: { createdAt: "ASC" },
        take: MAX_TARGETS,
      });
      await each(projects, probeDomain, signal);
      const profiles = await read.find(TrustedAuthProfile, {
        where: { jwksUrl: Not(IsNull()) },
        order: { createdAt: "ASC" },
        take: MAX_TARGETS,
      });
      await each(profiles, probeKeySet, signal);
    },
  };
}

/** Works on several targets at once until `signal` is aborted. */
async function each<Target>(
  targets: readonly Target[],
  work: (target: Target) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const waiting = [...targets];
  const next = async () => {
    for (let target = waiting.shift(); target && !signal.aborted; target = waiting.shift()) {
      await work(target);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, next));
}
