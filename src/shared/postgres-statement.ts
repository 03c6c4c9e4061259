import { type Connection, type FieldDef, type Pool, type Submittable, types } from "pg";

type Cell = string | null;
type Parser = (cell: string) => unknown;

/**
 * A named statement of which the first row is wanted. A query of pg has the columns described by each
 * execution, which is half of what a read of one row costs; here that is done only when a connection
 * parses the statement.
 */
export class PostgresStatement {
  /** By column, the same on all connections; none: not described yet. */
  parsers: readonly Parser[] = [];

  constructor(
    private readonly pool: Pool,
    readonly name: string,
    readonly text: string,
  ) {}

  async firstRow(values: readonly Cell[]): Promise<unknown[] | undefined> {
    // The pool gives it a callback as it does to any query; its type tells only of those without.
    const answer: unknown = this.pool.query(new Execution(this, values));
    const cells = await (answer as Promise<Cell[] | undefined>);
    return cells?.map((cell, at) => (cell === null ? null : this.parsers[at]?.(cell)));
  }
}

/** What pg's client submits, and hands the answers to: as a cursor of pg-cursor. */
class Execution implements Submittable {
  /** With the name pg remembers that the connection has parsed the text. */
  readonly name: string;
  readonly text: string;
  callback?: (error: Error | null, cells?: Cell[]) => void;
  #cells: Cell[] | undefined;

  constructor(
    private readonly statement: PostgresStatement,
    private readonly values: readonly Cell[],
  ) {
    this.name = statement.name;
    this.text = statement.text;
  }

  /** PostgreSQL, Frontend/Backend Protocol, "Extended Query". */
  submit(connection: Connection & { parsedStatements?: Record<string, string> }): void {
    const { name, text, statement } = this;
    const isParsed = connection.parsedStatements?.[name] !== undefined;
    connection.stream.cork();
    if (!isParsed) connection.parse({ name, text, types: [] }, true);
    connection.bind({ statement: name, values: [...this.values] }, true);
    if (!isParsed || statement.parsers.length === 0) connection.describe({ type: "P" }, true);
    connection.execute({}, true);
    connection.sync();
    connection.stream.uncork();
  }

  handleRowDescription({ fields }: { fields: FieldDef[] }): void {
    this.statement.parsers = fields.map(({ dataTypeID }) => types.getTypeParser(dataTypeID));
  }

  handleDataRow({ fields }: { fields: Cell[] }): void {
    this.#cells ??= fields;
  }

  handleCommandComplete(): void {}

  handleReadyForQuery(): void {
    this.callback?.(null, this.#cells);
  }

  handleError(error: Error): void {
    this.callback?.(error);
  }
}
