import { PreparedRead } from "../persistence/prepared-read.js";
import type { UnitOfWork } from "../persistence/unit-of-work.js";
import {
  PROJECT_ID_OF_REF,
  type ProjectRef,
  type ProjectStore,
} from "../projects/project-store.js";

/** JWKs as the database has them, with commas between; null: there is none. */
interface KeySetRow {
  signingKeys: string | null;
  publishedKeys: string | null;
}

const SELECTION = {
  signingKeys: {
    sql: `(SELECT string_agg(public_jwk, ',' ORDER BY created_at DESC, kid)
      FROM signing_keys
      WHERE project_id = project.project_id AND status IN ('NEXT', 'CURRENT', 'PREVIOUS'))`,
  },
  publishedKeys: {
    sql: `(SELECT string_agg(public_jwk, ',' ORDER BY created_at, kid)
      FROM published_keys
      WHERE project_id = project.project_id AND expires_at > $3)`,
  },
};

/**
 * Reads the JWK Set at `/.well-known/jwks.json` (RFC 7517 section 5): the unrevoked signing keys and the published
 * keys that have not expired. The database keeps each key as JSON, so nothing is parsed or serialised (ADR 0051).
 */
export class KeySetLoader {
  readonly #read: PreparedRead<KeySetRow>;

  constructor(
    unitOfWork: UnitOfWork,
    private readonly projects: ProjectStore,
  ) {
    const { dataSource } = unitOfWork.read;
    const from = `FROM projects AS project WHERE project.project_id = ${PROJECT_ID_OF_REF}`;
    this.#read = new PreparedRead<KeySetRow>("key-set", dataSource, SELECTION, from);
  }

  /** @returns the JSON of the key set; null if the project does not exist */
  async load(ref: ProjectRef): Promise<string | null> {
    const row = await this.#read.first(...(await this.projects.refParameters(ref)));
    if (!row) return null;
    const keys = [row.signingKeys, row.publishedKeys].filter((jwks) => jwks !== null);
    return `{"keys":[${keys.join(",")}]}`;
  }
}
