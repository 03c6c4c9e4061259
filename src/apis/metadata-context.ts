import { PreparedRead } from "../persistence/prepared-read.js";
import type { UnitOfWork } from "../persistence/unit-of-work.js";
import { Project } from "../projects/project.entity.js";
import { ProjectIssuer } from "../projects/project-issuer.entity.js";
import {
  PROJECT_ID_OF_REF,
  type ProjectRef,
  type ProjectStore,
} from "../projects/project-store.js";
import { MANAGEMENT_PATH } from "./api-store.js";

const ISSUER_COLUMNS = [
  "projectId",
  "location",
  "issuer",
] as const satisfies (keyof ProjectIssuer)[];
type FoundIssuer = Pick<ProjectIssuer, (typeof ISSUER_COLUMNS)[number]>;

interface MetadataRow {
  project: Pick<Project, "projectId" | "issuer">;
  /** The project's issuers at the locations that the request names. */
  firstIssuer: FoundIssuer | null;
  secondIssuer: FoundIssuer | null;
  /** JSON arrays with commas between; null: the metadata show no scopes. */
  scopes: string | null;
}

/** What the metadata of an authorization server depend on. */
export interface MetadataContext {
  issuer: string;
  /** All that the APIs advertise, in the order of the APIs and theirs. */
  scopes: string[];
}

/**
 * None if an API but this server's own has scopes and advertises none: its clients would ask for those of others
 * (ADR 0031).
 */
const SCOPES = `CASE WHEN EXISTS (
    SELECT 1 FROM apis
    WHERE project_id = project.project_id AND advertised_scopes IS NULL AND scopes <> '[]'
      AND identifier NOT LIKE '%${MANAGEMENT_PATH}')
  THEN NULL
  ELSE (SELECT string_agg(advertised_scopes, ',' ORDER BY created_at, api_id)
    FROM apis WHERE project_id = project.project_id)
  END`;

const joinIssuer = (alias: string, location: string) => `
  LEFT JOIN project_issuers AS "${alias}"
    ON "${alias}".location = ${location} AND "${alias}".project_id = project.project_id
    AND ("${alias}".ends_at IS NULL OR "${alias}".ends_at > $3)`;

const FROM = `
  FROM projects AS project
  ${joinIssuer("firstIssuer", "$4")}
  ${joinIssuer("secondIssuer", "$5")}
  WHERE project.project_id = ${PROJECT_ID_OF_REF}`;

/** Reads what metadata depend on in one query, and keeps nothing (ADR 0051). */
export class MetadataContextLoader {
  readonly #read: PreparedRead<MetadataRow>;

  constructor(
    unitOfWork: UnitOfWork,
    private readonly projects: ProjectStore,
  ) {
    this.#read = new PreparedRead<MetadataRow>(
      "metadata-context",
      unitOfWork.read.dataSource,
      {
        project: { entity: Project, only: ["projectId", "issuer"] },
        firstIssuer: { entity: ProjectIssuer, only: ISSUER_COLUMNS },
        secondIssuer: { entity: ProjectIssuer, only: ISSUER_COLUMNS },
        scopes: { sql: SCOPES },
      },
      FROM,
    );
  }

  /** @returns null if the project does not exist */
  async load(ref: ProjectRef): Promise<MetadataContext | null> {
    const [first = null, second = null] = this.projects.locationsOf(ref);
    const row = await this.#read.first(...(await this.projects.refParameters(ref)), first, second);
    if (!row) return null;
    const found = [row.firstIssuer, row.secondIssuer];
    const issuer = await this.projects.issuerAt(
      row.project,
      ref,
      (location) => found.find((one) => one?.location === location) ?? null,
    );
    const scopes = JSON.parse(`[${row.scopes ?? ""}]`) as string[][];
    return { issuer, scopes: [...new Set(scopes.flat())] };
  }
}
