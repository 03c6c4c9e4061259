import { parse } from "node:querystring";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { refuseMethod } from "../../../../src/http/allowed-methods.js";
import { sendProblem } from "../../../../src/http/problem.js";
import { NOT_FOUND } from "../../../../src/http/request-errors.js";
import { sendUnhandledError } from "../../../../src/oauth/endpoint-mounters.js";
import { preferredType } from "./accept.js";
import { type IncomingRequest, type OutgoingAnswer, Reply } from "./http.js";

type Handler = (request: FastifyRequest, reply: FastifyReply) => unknown;
type Parser = (
  request: unknown,
  text: string,
  done: (error: Error | null, body?: unknown) => void,
) => Promise<unknown> | unknown;

const LOG = { info: () => {}, error: () => {} };

/** Longer bodies are refused before they are parsed. */
const BODY_LIMIT = 128 * 1024;

/** The part of Fastify that the server's endpoints are mounted on: exact paths, and parsers of bodies. */
export class Router {
  readonly #routes = new Map<string, Map<string, Handler>>();
  readonly #parsers = new Map<string, Parser>();

  /** For the server's functions that mount endpoints, which use no more of Fastify than this class has. */
  asFastify(): FastifyInstance {
    return this as unknown as FastifyInstance;
  }

  post(url: string, handler: Handler): void {
    this.route({ method: ["POST"], url, handler });
  }

  route({ method, url, handler }: { method: string[]; url: string; handler: Handler }): void {
    const handlers = this.#routes.get(url) ?? new Map<string, Handler>();
    this.#routes.set(url, handlers);
    for (const name of method) handlers.set(name, handler);
    if (method.includes("GET")) handlers.set("HEAD", handler);
  }

  getDefaultJsonParser(): Parser {
    return (_request, text, done) => {
      try {
        done(null, JSON.parse(text, refusePrototype));
      } catch (error) {
        done(Object.assign(error as Error, { statusCode: 400 }));
      }
    };
  }

  removeContentTypeParser(): void {}

  addContentTypeParser(type: string, _options: object, parser: Parser): void {
    this.#parsers.set(type, parser);
  }

  has(path: string): boolean {
    return this.#routes.has(path);
  }

  async answer(incoming: IncomingRequest): Promise<OutgoingAnswer> {
    const { method, url, host, headers, body } = incoming;
    const [path = "", query] = url.split("?");
    const request = {
      id: "test",
      ip: "127.0.0.1",
      ips: [],
      method,
      url,
      originalUrl: url,
      host,
      headers,
      protocol: "https",
      params: {},
      query: parse(query ?? ""),
      log: LOG,
      body: undefined as unknown,
      type: (types: string[]) => preferredType(headers["accept"], types),
    };
    const reply = new Reply(request);
    const fastifyReply = reply as unknown as FastifyReply;
    const handlers = this.#routes.get(path);
    if (!handlers) {
      sendProblem(fastifyReply, NOT_FOUND.status, NOT_FOUND.message);
      return reply.answer();
    }
    try {
      const handler = handlers.get(method);
      if (!handler) return refuseMethod(fastifyReply, [...handlers.keys()].sort());
      if (method === "POST") request.body = await this.#parse(headers["content-type"], body);
      await handler(request as unknown as FastifyRequest, fastifyReply);
    } catch (error) {
      sendUnhandledError(error as Error, request as unknown as FastifyRequest, fastifyReply);
    }
    const answer = reply.answer();
    return method === "HEAD" ? { ...answer, body: "" } : answer;
  }

  async #parse(contentType: string | undefined, text: string): Promise<unknown> {
    if (contentType === undefined && text === "") return undefined;
    const [type = ""] = (contentType ?? "").split(";");
    const parser = this.#parsers.get(type.trim().toLowerCase());
    if (!parser) throw Object.assign(new Error("unsupported media type"), { statusCode: 415 });
    if (Buffer.byteLength(text) > BODY_LIMIT) {
      throw Object.assign(new Error("too long"), { statusCode: 413 });
    }
    return new Promise((resolve, reject) => {
      const done = (error: Error | null, body?: unknown) => (error ? reject(error) : resolve(body));
      const parsed = parser(undefined, text, done);
      if (parsed instanceof Promise) parsed.then(resolve, reject);
    });
  }
}

/** Members that would change a prototype, which Fastify's own parser refuses too. */
function refusePrototype(name: string, value: unknown): unknown {
  const isDangerous =
    name === "__proto__" || (name === "constructor" && Object.hasOwn(Object(value), "prototype"));
  if (isDangerous) throw new SyntaxError("forbidden member name");
  return value;
}
