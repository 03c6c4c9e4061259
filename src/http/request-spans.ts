import {
  type Attributes,
  type Context,
  context,
  propagation,
  type Span,
  SpanKind,
  trace,
} from "@opentelemetry/api";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { failSpan, isTraced, tracer } from "../shared/tracing.js";

/** Others are `_OTHER`, as the conventions for HTTP spans say. */
const METHODS = new Set([
  "CONNECT",
  "DELETE",
  "GET",
  "HEAD",
  "OPTIONS",
  "PATCH",
  "POST",
  "PUT",
  "QUERY",
  "TRACE",
]);

/**
 * Makes each request a span, by OpenTelemetry's conventions for HTTP servers (ADR 0043). It has nothing that the
 * caller chooses, since a path, a query or a header may hold a secret.
 * @param publicUrl URL of the server
 */
export function traceRequests(app: FastifyInstance, publicUrl: string): void {
  if (!isTraced()) return;
  const serverAddress = new URL(publicUrl).hostname;
  const traced = new WeakMap<FastifyRequest, { span: Span; active: Context }>();
  const activeOf = (request: FastifyRequest) => traced.get(request)?.active ?? context.active();

  app.addHook("onRequest", (request, _reply, done) => {
    const parent = propagation.extract(context.active(), request.headers);
    const { name, attributes } = describe(request);
    const span = tracer().startSpan(
      name,
      { kind: SpanKind.SERVER, attributes: { ...attributes, "server.address": serverAddress } },
      parent,
    );
    const active = trace.setSpan(parent, span);
    traced.set(request, { span, active });
    context.with(active, done);
  });
  // The body arrives in events of the connection, outside the context of the request.
  app.addHook("preValidation", (request, _reply, done) => context.with(activeOf(request), done));
  app.addHook("onResponse", (request, { statusCode }, done) => {
    const { span } = traced.get(request) ?? {};
    span?.setAttribute("http.response.status_code", statusCode);
    if (span && statusCode >= 500) failSpan(span, String(statusCode));
    span?.end();
    context.with(activeOf(request), done);
  });
}

function describe({ method, routeOptions, protocol }: FastifyRequest): {
  name: string;
  attributes: Attributes;
} {
  const isKnown = METHODS.has(method);
  const { url: route } = routeOptions;
  const nameOfMethod = isKnown ? method : "HTTP";
  return {
    name: route === undefined ? nameOfMethod : `${nameOfMethod} ${route}`,
    attributes: {
      "http.request.method": isKnown ? method : "_OTHER",
      ...(route !== undefined && { "http.route": route }),
      "url.scheme": protocol === "https" ? "https" : "http",
    },
  };
}
