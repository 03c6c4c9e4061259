import type { Socket } from "node:net";
import type { FastifyInstance, FastifyReply } from "fastify";
import { MAX_HEADER_BYTES } from "../shared/token-length.js";
import { sendProblem } from "./problem.js";
import type { TlsCertificate } from "./tls-certificate.js";

export interface ConnectionLimits {
  /** Time to receive a whole request, so that slow senders cannot hold connections. */
  requestMs: number;
  /** How often Node.js looks for requests that take longer. */
  checkIntervalMs: number;
  /** Time to read a whole response, so that slow readers cannot hold it in memory. */
  responseMs: number;
}

export const CONNECTION_LIMITS: ConnectionLimits = {
  requestMs: 30_000,
  checkIntervalMs: 1_000,
  responseMs: 60_000,
};

/** Further requests that may arrive on a connection before the first one is answered. */
const MAX_WAITING = 100;

export function connectionOptions(
  { requestMs, checkIntervalMs }: ConnectionLimits,
  tlsCertificate?: TlsCertificate,
) {
  const http = {
    headersTimeout: requestMs,
    connectionsCheckingInterval: checkIntervalMs,
    maxHeaderSize: MAX_HEADER_BYTES,
  };
  const https = tlsCertificate && { ...http, ...tlsCertificate.serverOptions() };
  // Fastify's types of an instance differ by protocol, and nothing here depends on it.
  return { requestTimeout: requestMs, ...(https ? ({ https } as object) : { http }) };
}

interface Connection {
  isBusy: boolean;
  /** The requests that wait for the one in progress. */
  waiting: (() => void)[];
}

/**
 * Closes connections whose responses are not read in time, and serves the requests of a connection one after
 * another. Node.js starts all that arrive (RFC 9112 section 9.3.2), so a thousand pipelined requests would run
 * ahead of every other connection.
 */
export function limitConnections(app: FastifyInstance, { responseMs }: ConnectionLimits): void {
  const connections = new WeakMap<Socket, Connection>();
  app.addHook("onRequest", (request, reply, done) => {
    const { socket } = request.raw;
    limitReading(reply, socket, responseMs);
    const connection = connections.get(socket) ?? { isBusy: false, waiting: [] };
    if (connection.waiting.length >= MAX_WAITING) {
      reply.header("connection", "close");
      sendProblem(reply, 503, "Too many requests wait on this connection");
      return;
    }
    reply.raw.once("close", () => {
      const next = socket.destroyed ? undefined : connection.waiting.shift();
      // Other connections come first.
      if (next) setImmediate(next);
      else connection.isBusy = false;
    });
    if (connection.isBusy) {
      connection.waiting.push(done);
      return;
    }
    connection.isBusy = true;
    connections.set(socket, connection);
    done();
  });
}

function limitReading(reply: FastifyReply, socket: Socket, responseMs: number): void {
  // The response is complete, and begins to wait for the reader.
  reply.raw.once("prefinish", () => {
    // The system has taken all of it.
    if (socket.writableLength === 0) return;
    const timer = setTimeout(() => socket.destroy(), responseMs).unref();
    reply.raw.once("close", () => clearTimeout(timer));
  });
}
