import type { AddressInfo } from "node:net";
import type { TestIssuer } from "@countersign/sdk/testing";
import Fastify, { type FastifyPluginAsync, type FastifyRequest } from "fastify";
import { NOT_FOUND } from "../../http/request-errors.js";
import { type ListenAddress, toListenError } from "../../listen-problems.js";
import { mountControl } from "./mock-control.js";
import { loadIssuer } from "./mock-issuer.js";
import { readMockSetup } from "./mock-setup.js";

const MAX_BODY_BYTES = 1024 * 1024;

export interface MockServer {
  /** Where it listens, such as `http://localhost:4000`. */
  url: string;
  issuer: string;
  close(): Promise<void>;
}

/**
 * Serves the SDK's test issuer, for programs in any language. Everything is in memory.
 * @param file a `TestIssuerSetup` as JSON
 * @throws MockFileError, or an Error with a sentence for the operator where it cannot listen
 */
export async function startMockServer(file: string, address: ListenAddress): Promise<MockServer> {
  const createIssuer = await loadIssuer(file, readMockSetup(file));
  const app = Fastify({ bodyLimit: MAX_BODY_BYTES, forceCloseConnections: true });
  // What the file says is refused before anything listens.
  const current = { issuer: createIssuer("http://localhost") };
  await app.register(
    mountControl(current, () => createIssuer(url)),
    { prefix: "/mock" },
  );
  await app.register(mountIssuer(current));
  await app.listen({ host: address.host, port: address.port }).catch((error: unknown) => {
    throw toListenError(error, address);
  });
  const { port } = app.server.address() as AddressInfo;
  const url = `http://localhost:${port}`;
  current.issuer = createIssuer(url);
  return { url, issuer: current.issuer.issuer, close: () => app.close() };
}

/** Passes every request on that is not for the control surface, with its body as it came. */
function mountIssuer(current: { issuer: TestIssuer }): FastifyPluginAsync {
  return async (app) => {
    app.removeAllContentTypeParsers();
    app.addContentTypeParser("*", { parseAs: "string" }, (_request, body, done) => {
      done(null, body);
    });
    app.all("/*", async (request, reply) => {
      const { issuer } = current;
      const answer = await issuer.fetch(toRequest(issuer.issuer, request)).catch(withoutAnswer);
      if (answer === null) return request.raw.socket.destroy();
      return reply
        .code(answer.status)
        .headers(Object.fromEntries(answer.headers))
        .send(await answer.text());
    });
  };
}

function toRequest(issuer: string, request: FastifyRequest): Request {
  const { method, url, headers, body } = request;
  const hasBody = method !== "GET" && method !== "HEAD";
  const { connection: _ofThisConnection, "content-length": _its, ...others } = headers;
  const sent = Object.entries(others).map(
    ([name, value]) => [name, [value].flat().join(", ")] as [string, string],
  );
  return new Request(new URL(url, issuer), {
    method,
    headers: sent,
    ...(hasBody && typeof body === "string" && { body }),
  });
}

/** The issuer's answer to a path that it does not have; null: a fault breaks the connection. */
function withoutAnswer(error: Error): Response | null {
  const { code } = Object(error.cause) as { code?: string };
  if (code !== "ECONNREFUSED") return null;
  const { status, message } = NOT_FOUND;
  return Response.json({ title: message, status }, { status });
}
