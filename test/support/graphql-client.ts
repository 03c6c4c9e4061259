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

export function basicAuthorization(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
}
