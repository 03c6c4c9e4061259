import { readFileSync } from "node:fs";
import { buildSchema } from "graphql";
import { GENERAL_ERROR_CODES } from "../../src/shared/error-codes.js";

export interface GraphqlError {
  message: string;
  path?: (string | number)[];
  extensions: { code: string; path?: (string | number)[]; [key: string]: unknown };
}

export interface GraphqlAnswer {
  status: number;
  headers: Headers;
  body: string;
  // biome-ignore lint/suspicious/noExplicitAny: each test reads the fields that it selected
  data: any;
  errors: GraphqlError[];
}

/** Sends GraphQL over HTTP, as an application does. */
export class GraphqlClient {
  constructor(
    private readonly url: string,
    private readonly authorization: string | null,
  ) {}

  async send(
    query: string,
    variables: object = {},
    headers: Record<string, string> = {},
    operationName?: string,
  ): Promise<GraphqlAnswer> {
    const response = await fetch(`${this.url}/graphql`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        ...(this.authorization && { authorization: this.authorization }),
        ...headers,
      },
      body: JSON.stringify({ query, variables, operationName }),
    });
    const body = await response.text();
    const { data = null, errors = [] } = JSON.parse(body) as Partial<GraphqlAnswer>;
    for (const error of errors) assertDeclared(error);
    return { status: response.status, headers: response.headers, body, data, errors };
  }

  /** Runs an operation that must succeed, and returns its data. */
  // biome-ignore lint/suspicious/noExplicitAny: each test reads the fields that it selected
  async request(query: string, variables: object = {}): Promise<any> {
    const { data, errors } = await this.send(query, variables);
    if (errors.length > 0) throw new Error(`expected success: ${JSON.stringify(errors)}`);
    return data;
  }

  /** Runs an operation that must fail, and returns its first error. */
  async failure(query: string, variables: object = {}): Promise<GraphqlError> {
    const { data, errors } = await this.send(query, variables);
    const [first] = errors;
    if (!first) throw new Error(`expected a failure: ${JSON.stringify(data)}`);
    return first;
  }
}

/** The error codes that the description of each operation lists. */
const declaredCodes = new Map(
  [buildSchema(readFileSync("schema.graphql", "utf8"))].flatMap((schema) =>
    [schema.getQueryType(), schema.getMutationType()].flatMap((type) =>
      Object.values(type?.getFields() ?? {}).map(({ name, description }) => [
        name,
        / Errors: ([^.]*)\.$/.exec(description ?? "")?.[1]?.split(", ") ?? [],
      ]),
    ),
  ) as [string, string[]][],
);
const GENERAL_CODES: readonly string[] = GENERAL_ERROR_CODES;

/** Every operation may answer only with the codes that its description lists, and with the general ones. */
function assertDeclared({ path: [field] = [], extensions: { code } }: GraphqlError): void {
  const declared = declaredCodes.get(String(field));
  if (!declared || declared.includes(code) || GENERAL_CODES.includes(code)) return;
  throw new Error(`${field} answers ${code}, which its @Throws does not declare`);
}

export function basicAuthorization(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
}
