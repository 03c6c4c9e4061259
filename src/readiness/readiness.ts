import type { Observation } from "../observations/observation.entity.js";
import type { UnitOfWork } from "../persistence/unit-of-work.js";
import type { Project } from "../projects/project.entity.js";
import type { Clock } from "../shared/clock.js";
import {
  type About,
  type CheckDescription,
  type CheckLevel,
  type Findings,
  type TargetType,
} from "./check.js";
import { CHECKS } from "./checks.js";
import { DATA_CHECKS } from "./data-checks.js";
import type { HostContext, HostFinding } from "./host-check.js";
import { HOST_CHECKS } from "./host-checks.js";
import { listed } from "./listed-findings.js";

/** What checks of the host look at; absent where the settings are not those of a process. */
export type Surroundings = Pick<HostContext, "config" | "env" | "statfs">;

export interface ReadinessFilter extends About {
  checkId?: string | null | undefined;
  level?: CheckLevel | null | undefined;
}

export interface CheckResult {
  check: CheckDescription;
  /** Neither dismissed. */
  findings: Findings;
  dismissed: Findings;
}

/** Runs the checks on one project, and on the server with the first project. */
export class Readiness {
  constructor(
    private readonly unitOfWork: Pick<UnitOfWork, "read">,
    private readonly clock: Clock,
    private readonly surroundings: Surroundings | undefined,
    private readonly listObservations: () => Promise<readonly Observation[]>,
  ) {}

  /** @returns lazy results: each count and page takes a statement of its own */
  run(project: Project, filter: ReadinessFilter): CheckResult[] {
    const observations = once(this.listObservations);
    return CHECKS.filter(
      ({ id, level }) => (filter.checkId ?? id) === id && (filter.level ?? level) === level,
    ).map((check) => ({
      check,
      findings: this.#find(check, project, filter, observations, false),
      dismissed: this.#find(check, project, filter, observations, true),
    }));
  }

  #find(
    { id: checkId }: CheckDescription,
    project: Project,
    { clientId, apiId }: ReadinessFilter,
    observations: () => Promise<readonly Observation[]>,
    isDismissed: boolean,
  ): Findings {
    const { read } = this.unitOfWork;
    const now = this.clock.now();
    const scope = { checkId, read, project, now, about: { clientId, apiId }, isDismissed };
    const dataCheck = DATA_CHECKS.find(({ id }) => id === checkId);
    if (dataCheck) return dataCheck.find({ ...scope, target: dataCheck.target });
    const find = async (): Promise<readonly HostFinding[]> => {
      const hostCheck = HOST_CHECKS.find(({ id }) => id === checkId);
      if (!hostCheck || !this.surroundings) return [];
      const context = { ...this.surroundings, read, observations: await observations(), now };
      return hostCheck.find(context);
    };
    return listed(scope, async () =>
      (await find())
        .filter(
          ({ projectId }) =>
            (projectId ?? null) === project.projectId || (!projectId && project.isFirst),
        )
        .map(({ subject, sentence }) => ({
          targetType: SURROUNDINGS,
          targetId: subject,
          sentence,
        })),
    );
  }
}

const SURROUNDINGS: TargetType = "surroundings";

function once<T>(read: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined;
  return () => {
    result ??= read();
    return result;
  };
}
