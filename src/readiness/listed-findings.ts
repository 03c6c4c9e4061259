import { type EntityTarget, In, type ObjectLiteral } from "typeorm";
import {
  DEFAULT_PAGE_SIZE,
  MAX_PAGE_SIZE,
  type Page,
  type PageRequest,
} from "../persistence/page.js";
import { badUserInput } from "../shared/errors.js";
import { type DataScope, type Finding, type Findings, MAX_COUNTED, sentenceOn } from "./check.js";
import { ReadinessDismissal } from "./readiness-dismissal.entity.js";

export interface ListRule<Row extends ObjectLiteral> {
  entity: EntityTarget<Row>;
  id: keyof Row & string;
  /** Null: the row is as it should be. */
  rest(row: Row, scope: DataScope): string | null | Promise<string | null>;
}

/** Looks at each row of an entity of which a project has hundreds, not millions. */
export function each<Row extends ObjectLiteral>({ entity, id, rest }: ListRule<Row>) {
  return (scope: DataScope): Findings =>
    listed(scope, async () => {
      const { read, project, target: targetType } = scope;
      const { projectId } = project;
      const all = await read.find(entity, {
        where: { projectId } as never,
        order: { [id]: "ASC" } as never,
        take: MAX_COUNTED,
      });
      const found: Finding[] = [];
      for (const row of all) {
        const text = await rest(row, scope);
        if (text === null) continue;
        const { clientId = null, apiId = null, name } = row as Partial<Record<string, string>>;
        const targetId = String(row[id]);
        const sentence = sentenceOn(targetType, targetId, name, text);
        found.push({ targetType, targetId, sentence, clientId, apiId });
      }
      return found;
    });
}

type ListScope = Pick<DataScope, "read" | "project" | "checkId" | "about" | "isDismissed">;

/** Findings that are few enough to be in memory. */
export function listed(scope: ListScope, find: () => Promise<readonly Finding[]>): Findings {
  let found: Promise<Finding[]> | undefined;
  const wanted = () => {
    found ??= find().then((findings) => select(scope, findings));
    return found;
  };
  const count = async () => Math.min((await wanted()).length, MAX_COUNTED);
  return { count, page: async (request) => pageOf(await wanted(), request, count) };
}

async function select(
  { read, project, checkId, about, isDismissed }: ListScope,
  findings: readonly Finding[],
): Promise<Finding[]> {
  const matching = findings.filter(
    ({ clientId, apiId }) =>
      (about.clientId ?? clientId ?? null) === (clientId ?? null) &&
      (about.apiId ?? apiId ?? null) === (apiId ?? null),
  );
  if (matching.length === 0) return [];
  const { projectId } = project;
  const targetId = In(matching.map((finding) => finding.targetId));
  const dismissals = await read.findBy(ReadinessDismissal, { projectId, checkId, targetId });
  const dismissed = new Set(dismissals.map((dismissal) => dismissal.targetId));
  return matching
    .filter((finding) => dismissed.has(finding.targetId) === isDismissed)
    .sort((a, b) => (a.targetId < b.targetId ? -1 : 1));
}

/** A cursor is the id of a target. */
function pageOf(
  findings: readonly Finding[],
  { first, after, last, before }: PageRequest,
  countTotal: () => Promise<number>,
): Page<Finding> {
  const size = first ?? last ?? DEFAULT_PAGE_SIZE;
  const isGiven = (value: unknown) => value !== null && value !== undefined;
  if (isGiven(first) && isGiven(last)) {
    throw badUserInput(["last"], "Must not be given together with first");
  }
  if (size < 1 || size > MAX_PAGE_SIZE) {
    const argument = isGiven(last) ? "last" : "first";
    throw badUserInput([argument], `Must be between 1 and ${MAX_PAGE_SIZE}`);
  }
  const isBackward = isGiven(last) || (isGiven(before) && !isGiven(first) && !isGiven(after));
  const [from, to] = [after, before].map((cursor) => cursor && decodeCursor(cursor));
  const range = findings.filter(
    ({ targetId }) => (!from || targetId > from) && (!to || targetId < to),
  );
  const nodes = isBackward ? range.slice(-size) : range.slice(0, size);
  return {
    nodes,
    cursorFor: ({ targetId }) => Buffer.from(targetId).toString("base64url"),
    hasNextPage: async () => nodes.at(-1) !== undefined && nodes.at(-1) !== findings.at(-1),
    hasPreviousPage: async () => nodes[0] !== undefined && nodes[0] !== findings[0],
    countTotal,
  };
}

const decodeCursor = (cursor: string) => Buffer.from(cursor, "base64url").toString();
