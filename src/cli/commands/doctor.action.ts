import { statfsSync } from "node:fs";
import { AllowedHosts } from "../../key-sets/allowed-hosts.js";
import { KeySources } from "../../key-sets/key-sources.js";
import { observeKeySets } from "../../observations/key-set-observer.js";
import { Observations } from "../../observations/observations.js";
import { UnitOfWork } from "../../persistence/unit-of-work.js";
import { createProbes } from "../../probes/probes.js";
import { Project } from "../../projects/project.entity.js";
import { ProjectStore } from "../../projects/project-store.js";
import { CHECK_LEVELS, type CheckDescription } from "../../readiness/check.js";
import { CHECKS } from "../../readiness/checks.js";
import { Readiness } from "../../readiness/readiness.js";
import { systemClock } from "../../shared/clock.js";
import { type CommandContext, CommandError, EXIT, type ExitCode } from "../command.js";
import { type CheckReport, type DoctorFinding, doctorReport } from "../doctor-report.js";
import { FreshObservations } from "../fresh-observations.js";
import { type Host, openForReading, readHost } from "../host.js";
import { assertMasterKeyOpens } from "../master-key-check.js";

export interface DoctorFlags {
  skip?: string[];
  level?: string;
  offline?: true;
}

const MAX_SHOWN = 20;

export async function runDoctor(context: CommandContext, flags: DoctorFlags): Promise<ExitCode> {
  const checks = checksToRun(flags);
  const host = readHost(context);
  const dataSource = await openForReading(host);
  try {
    await assertMasterKeyOpens(host, dataSource);
    const unitOfWork = new UnitOfWork(dataSource, dataSource);
    const fresh = new FreshObservations(systemClock);
    if (!flags.offline) {
      context.progress("Looking at issuers and key sets over the network…");
      await probe(unitOfWork, host, fresh);
    }
    const observations = new Observations(unitOfWork, systemClock);
    const surroundings = { config: host.config, env: context.env, statfs: statfsSync };
    const readiness = new Readiness(unitOfWork, systemClock, surroundings, async () =>
      fresh.over(await observations.list()),
    );
    const projects = await unitOfWork.read.find(Project, { order: { createdAt: "ASC" } });
    const reports = await reportOn(readiness, projects, checks);
    const { value, text } = doctorReport(reports);
    context.result(value, text);
    return value.findingCount === 0 ? EXIT.DONE : EXIT.DIFFERS;
  } finally {
    await dataSource.destroy();
  }
}

/** @throws CommandError */
function checksToRun({ skip = [], level = "notice" }: DoctorFlags): CheckDescription[] {
  const unknown = skip.find((id) => !CHECKS.some((check) => check.id === id));
  if (unknown !== undefined) {
    throw new CommandError(
      `--skip: there is no check ${unknown}: see docs/reference/readiness-checks.md`,
      EXIT.MISUSE,
    );
  }
  const least = CHECK_LEVELS.findIndex((name) => name.toLowerCase() === level.toLowerCase());
  if (least === -1) {
    throw new CommandError("--level must be error, warning or notice", EXIT.MISUSE);
  }
  const levels = CHECK_LEVELS.slice(0, least + 1);
  return CHECKS.filter((check) => levels.includes(check.level) && !skip.includes(check.id));
}

async function probe(
  unitOfWork: UnitOfWork,
  { config }: Host,
  observations: FreshObservations,
): Promise<void> {
  const fetchOptions = {
    policy: {
      allowInsecure: config.allowInsecureJwks,
      allowedHosts: config.keySetAllowedHosts ?? AllowedHosts.NONE,
    },
    proxyEnvironment: config.proxyEnvironment,
  };
  const clock = systemClock;
  const onOutcome = observeKeySets(observations, clock);
  const keySources = new KeySources(clock, fetchOptions, onOutcome);
  const projectStore = new ProjectStore(unitOfWork, config.publicUrl, clock);
  const services = { observations, projectStore, keySources, clock };
  await createProbes(unitOfWork, services, fetchOptions).run(new AbortController().signal);
}

async function reportOn(
  readiness: Readiness,
  projects: readonly Project[],
  checks: readonly CheckDescription[],
): Promise<CheckReport[]> {
  const reports = checks.map((check) => ({
    check,
    findingCount: 0,
    dismissedCount: 0,
    findings: [] as DoctorFinding[],
  }));
  for (const project of projects) {
    for (const { check, findings, dismissed } of readiness.run(project, {})) {
      const report = reports.find((one) => one.check.id === check.id);
      if (!report) continue;
      const count = await findings.count();
      report.findingCount += count;
      report.dismissedCount += await dismissed.count();
      if (count === 0) continue;
      const { nodes } = await findings.page({ first: MAX_SHOWN });
      const { projectId } = project;
      report.findings.push(...nodes.map((finding) => ({ projectId, ...finding })));
    }
  }
  return reports;
}
