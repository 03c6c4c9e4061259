import { Readable } from "node:stream";
import { type ApolloServer, HeaderMap, type HTTPGraphQLRequest } from "@apollo/server";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { RequestContext } from "../shared/current-caller.js";

/** RFC 9110 section 12.5.1: the same as no header at all. */
const ANYTHING = "*/*";

/**
 * Apollo's "Building Web Framework Integrations". @as-integrations/fastify makes a URL object of every
 * request to get at its query string, for which it asks for host and protocol: 10 us for each.
 */
export function graphqlHandler(
  apollo: ApolloServer<RequestContext>,
  contextOf: (request: FastifyRequest) => RequestContext,
) {
  return async (request: FastifyRequest, reply: FastifyReply) => {
    const { status, headers, body } = await apollo.executeHTTPGraphQLRequest({
      httpGraphQLRequest: graphqlRequest(request),
      context: async () => contextOf(request),
    });
    reply.code(status ?? 200);
    for (const [name, value] of headers) reply.header(name, value);
    return body.kind === "complete" ? body.string : Readable.from(body.asyncIterator);
  };
}

function graphqlRequest({ method, headers, url, body }: FastifyRequest): HTTPGraphQLRequest {
  const map = new HeaderMap();
  for (const name in headers) {
    const value = headers[name];
    if (value) map.set(name, Array.isArray(value) ? value.join(", ") : value);
  }
  // Who takes anything gets JSON. Told so by an empty header, Apollo does not parse and rank media types.
  const { accept = ANYTHING } = headers;
  if (accept === ANYTHING) map.set("accept", "");
  const queryAt = url.indexOf("?");
  return { method, headers: map, search: queryAt < 0 ? "" : url.slice(queryAt), body };
}
