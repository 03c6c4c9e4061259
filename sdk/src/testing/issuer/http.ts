/** A request as it arrives, whichever way. Names of headers are in lower case. */
export interface IncomingRequest {
  method: string;
  /** Path and query. */
  url: string;
  host: string;
  headers: Readonly<Record<string, string>>;
  body: string;
}

export interface OutgoingAnswer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** The part of Fastify's reply that the server's endpoints use. */
export class Reply {
  readonly #headers: Record<string, string> = {};
  #status = 200;
  #body: unknown;

  constructor(readonly request: object) {}

  header(name: string, value: unknown): this {
    this.#headers[name.toLowerCase()] = String(value);
    return this;
  }

  headers(values: Readonly<Record<string, unknown>>): this {
    for (const [name, value] of Object.entries(values)) this.header(name, value);
    return this;
  }

  type(mediaType: string): this {
    return this.header("content-type", mediaType);
  }

  code(status: number): this {
    this.#status = status;
    return this;
  }

  send(body?: unknown): this {
    this.#body = body;
    return this;
  }

  answer(): OutgoingAnswer {
    const body = this.#body;
    const isText = typeof body === "string";
    if (body !== undefined && !this.#headers["content-type"]) {
      this.type(isText ? "text/plain; charset=utf-8" : "application/json; charset=utf-8");
    }
    // As Fastify says of every JSON.
    const type = this.#headers["content-type"];
    if (/json(?!.*charset)/.test(type ?? "")) this.type(`${type}; charset=utf-8`);
    const text = body === undefined ? "" : isText ? body : JSON.stringify(body);
    return { status: this.#status, headers: this.#headers, body: text };
  }
}
