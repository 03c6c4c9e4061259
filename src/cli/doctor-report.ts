import type { CheckDescription, Finding } from "../readiness/check.js";

export interface DoctorFinding extends Finding {
  projectId: string;
}

export interface CheckReport {
  check: CheckDescription;
  /** At most 1000 of each project are counted. */
  findingCount: number;
  dismissedCount: number;
  /** The first ones of each project. */
  findings: DoctorFinding[];
}

/** What `doctor` prints, for programs and for people. */
export function doctorReport(reports: readonly CheckReport[]) {
  const withFindings = reports.filter(({ findingCount }) => findingCount > 0);
  const total = (property: "findingCount" | "dismissedCount") =>
    reports.reduce((sum, report) => sum + report[property], 0);
  const value = {
    findingCount: total("findingCount"),
    dismissedCount: total("dismissedCount"),
    checksRun: reports.map(({ check }) => check.id),
    checks: withFindings.map(({ check: { id: checkId, ...description }, findings, ...counts }) => ({
      checkId,
      ...description,
      ...counts,
      findings,
    })),
  };
  const dismissed = value.dismissedCount === 0 ? "" : `, ${value.dismissedCount} dismissed`;
  const last = `${counted(value.findingCount, "finding")} in ${counted(reports.length, "check")}${dismissed}.`;
  return { value, text: [...withFindings.map(paragraph), last].join("\n\n") };
}

function paragraph({ check, findingCount, findings }: CheckReport): string {
  const more = findingCount - findings.length;
  return [
    `${check.level.padEnd(7)}  ${check.what} (${check.id})`,
    ...findings.map(({ sentence }) => `  - ${sentence}.`),
    ...(more > 0 ? [`  - and ${more} more`] : []),
    `  Why: ${check.why}`,
    `  Do:  ${check.whatToDo}`,
    `  See: docs/${check.docs}`,
  ].join("\n");
}

const counted = (count: number, noun: string) => `${count} ${noun}${count === 1 ? "" : "s"}`;
