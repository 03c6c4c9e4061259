import type { EntityTarget, ObjectLiteral, SelectQueryBuilder } from "typeorm";
import { keysetPage } from "../persistence/page.js";
import {
  type DataScope,
  type Finding,
  type Findings,
  MAX_COUNTED,
  NO_FINDINGS,
  sentenceOn,
} from "./check.js";

export interface RowRule<Row extends ObjectLiteral> {
  entity: EntityTarget<Row>;
  /** The property with the id of the target, unique among the rows found. */
  id: keyof Row & string;
  /** The property by which an index of the entity orders the rows found; absent: the id. */
  orderBy?: keyof Row & string;
  /** SQL conditions on the alias `target`, with their parameters. An index must answer them at a million clients. */
  where(scope: DataScope): readonly [sql: string, parameters?: ObjectLiteral];
  /** The rest of the sentence that begins with the target. */
  rest(row: Row, scope: DataScope): string;
}

/** Finds rows of one entity, of which the table may have millions. */
export function rows<Row extends ObjectLiteral>(rule: RowRule<Row>) {
  return (scope: DataScope): Findings => {
    const query = queryOf(rule, scope);
    if (query === null) return NO_FINDINGS;
    const { id, orderBy: by = id } = rule;
    const count = async () => {
      const limited = query.clone().select("1", "found").limit(MAX_COUNTED);
      return (await limited.getRawMany()).length;
    };
    return {
      count,
      page: async (request) => {
        const page = await keysetPage(query, request, { by, id, direction: "ASC" });
        const rowOf = new Map(page.nodes.map((row) => [toFinding(rule, scope, row), row]));
        const cursorFor = (finding: Finding) => page.cursorFor(rowOf.get(finding) as Row);
        return { ...page, nodes: [...rowOf.keys()], cursorFor, countTotal: count };
      },
    };
  };
}

/** @returns null if the filter names what the entity does not have */
function queryOf<Row extends ObjectLiteral>(
  { entity, id, where }: RowRule<Row>,
  scope: DataScope,
): SelectQueryBuilder<Row> | null {
  const { read, project, about, checkId, isDismissed } = scope;
  const { projectId } = project;
  const metadata = read.dataSource.getMetadata(entity);
  const query = read
    .createQueryBuilder(entity, "target")
    .where("target.projectId = :projectId", { projectId });
  for (const [property, value] of Object.entries(about)) {
    if (value === null || value === undefined) continue;
    if (!metadata.findColumnWithPropertyName(property)) return null;
    query.andWhere(`target.${property} = :${property}`, { [property]: value });
  }
  const [sql, parameters] = where(scope);
  const dismissed = `EXISTS (SELECT 1 FROM readiness_dismissals AS dismissal
    WHERE dismissal.project_id = :projectId AND dismissal.check_id = :checkId
      AND dismissal.target_id = target.${id})`;
  return query
    .andWhere(onOneLine(sql), parameters)
    .andWhere(onOneLine(`${isDismissed ? "" : "NOT "}${dismissed}`), { checkId });
}

function toFinding<Row extends ObjectLiteral>(
  { id, rest }: RowRule<Row>,
  scope: DataScope,
  row: Row,
): Finding {
  const { clientId = null, apiId = null, name } = row as Partial<Record<string, string>>;
  const targetType = scope.target;
  const targetId = String(row[id]);
  const sentence = sentenceOn(targetType, targetId, name, rest(row, scope));
  return { targetType, targetId, sentence, clientId, apiId };
}

/** TypeORM finds no property at the end of a line. */
const onOneLine = (sql: string) => sql.replace(/\s+/g, " ");
