import { In } from "typeorm";
import { z } from "zod";
import type { Page, PageRequest } from "../persistence/page.js";
import type { Platform } from "../platform/platform.js";
import { Project } from "../projects/project.entity.js";
import { assertPermitted, type Caller } from "../shared/caller.js";
import { badUserInput } from "../shared/errors.js";
import { idToLookUp, multiLine, validate } from "../shared/validation.js";
import {
  CHECK_LEVELS,
  type CheckDescription,
  type Finding,
  type Findings,
  NO_FINDINGS,
} from "./check.js";
import { CHECKS } from "./checks.js";
import type { Readiness, ReadinessFilter } from "./readiness.js";
import { ReadinessDismissal } from "./readiness-dismissal.entity.js";

export interface ReadinessCheckFilter extends ReadinessFilter {
  hasFindings?: boolean | null | undefined;
}

/** A check with what it has found in the caller's project. */
export interface ReadinessCheck extends Omit<CheckDescription, "id"> {
  checkId: string;
  findingCount: number;
  open: Findings;
  dismissed: Findings;
}

export interface DismissedFinding extends Finding {
  dismissal: ReadinessDismissal | null;
}

export interface FindingRef {
  checkId: string;
  targetId: string;
}

const filterRules = z.object({
  checkId: idToLookUp.nullish(),
  clientId: idToLookUp.nullish(),
  apiId: idToLookUp.nullish(),
  level: z.enum(CHECK_LEVELS).nullish(),
  hasFindings: z.boolean().nullish(),
});
const refRules = z.object({ checkId: idToLookUp, targetId: idToLookUp });
/** An index of PostgreSQL has entries of at most 2704 bytes. */
const MAX_TARGET_LENGTH = 512;
const dismissRules = z.object({
  checkId: idToLookUp,
  targetId: idToLookUp.max(MAX_TARGET_LENGTH, `Must have at most ${MAX_TARGET_LENGTH} characters`),
  note: multiLine(1000).refine((text) => text.trim() !== "", "Must tell why"),
});

/** What operators ask about readiness, and which findings they accept. */
export class ReadinessService {
  constructor(
    private readonly platform: Platform,
    private readonly readiness: Readiness,
  ) {}

  /** The most urgent first. One check after another, so that other requests get the database too. */
  async list(caller: Caller, filter: ReadinessCheckFilter): Promise<ReadinessCheck[]> {
    assertPermitted(caller, "settings:read");
    const { hasFindings, ...rest } = validate(filterRules, filter, ["filter"]);
    const { projectId } = caller;
    const project = await this.platform.unitOfWork.read.findOneBy(Project, { projectId });
    if (!project) return [];
    const dismissedChecks = await this.#checksWithDismissals(projectId);
    const checks: ReadinessCheck[] = [];
    for (const { check, findings, dismissed } of this.readiness.run(project, rest)) {
      const findingCount = await findings.count();
      if ((hasFindings ?? findingCount > 0) !== findingCount > 0) continue;
      const { id: checkId, ...description } = check;
      // Else the database would look for what there is not.
      checks.push({
        ...description,
        checkId,
        findingCount,
        open: findingCount === 0 ? NO_FINDINGS : findings,
        dismissed: dismissedChecks.has(checkId) ? dismissed : NO_FINDINGS,
      });
    }
    return checks;
  }

  async #checksWithDismissals(projectId: string): Promise<ReadonlySet<string>> {
    const rows = await this.platform.unitOfWork.read
      .createQueryBuilder(ReadinessDismissal, "dismissal")
      .select("dismissal.checkId", "checkId")
      .distinct()
      .where({ projectId })
      .getRawMany<{ checkId: string }>();
    return new Set(rows.map(({ checkId }) => checkId));
  }

  /** Findings that somebody has dismissed, with the notes. */
  async listDismissed(
    caller: Caller,
    { checkId, dismissed }: ReadinessCheck,
    request: PageRequest,
  ): Promise<Page<DismissedFinding>> {
    assertPermitted(caller, "settings:read");
    const page = await dismissed.page(request);
    if (page.nodes.length === 0) return { ...page, nodes: [] };
    const targetId = In(page.nodes.map((finding) => finding.targetId));
    const where = { projectId: caller.projectId, checkId, targetId };
    const dismissals = await this.platform.unitOfWork.read.findBy(ReadinessDismissal, where);
    const nodes = page.nodes.map((finding) =>
      Object.assign(finding, {
        dismissal: dismissals.find((row) => row.targetId === finding.targetId) ?? null,
      }),
    );
    return { ...page, nodes };
  }

  /** A second dismissal replaces the note. @throws BAD_USER_INPUT for an unknown check */
  async dismiss(caller: Caller, input: FindingRef & { note: string }): Promise<ReadinessDismissal> {
    assertPermitted(caller, "settings:write");
    const { checkId, targetId, note } = validate(dismissRules, input);
    assertIsCheck(checkId);
    const { projectId } = caller;
    const dismissal = Object.assign(new ReadinessDismissal(), {
      projectId,
      checkId,
      targetId,
      note,
      dismissedAt: this.platform.clock.now(),
    });
    await this.platform.unitOfWork.write(async (manager) => {
      await manager.save(ReadinessDismissal, dismissal);
      await this.#record(caller, "readinessFinding.dismiss", { checkId, targetId });
    });
    return dismissal;
  }

  /** Has no effect on a finding that is not dismissed. @throws BAD_USER_INPUT for an unknown check */
  async restore(caller: Caller, input: FindingRef): Promise<FindingRef> {
    assertPermitted(caller, "settings:write");
    const { checkId, targetId } = validate(refRules, input);
    assertIsCheck(checkId);
    const { projectId } = caller;
    await this.platform.unitOfWork.write(async (manager) => {
      const { affected } = await manager.delete(ReadinessDismissal, {
        projectId,
        checkId,
        targetId,
      });
      if (affected) await this.#record(caller, "readinessFinding.restore", { checkId, targetId });
    });
    return { checkId, targetId };
  }

  async #record(
    caller: Caller,
    action: "readinessFinding.dismiss" | "readinessFinding.restore",
    { checkId, targetId }: FindingRef,
  ): Promise<void> {
    await this.platform.auditLog.record(caller, { action, targetId: `${checkId}:${targetId}` });
  }
}

function assertIsCheck(checkId: string): void {
  if (CHECKS.some(({ id }) => id === checkId)) return;
  throw badUserInput(["input", "checkId"], "Must be the id of a readiness check");
}
