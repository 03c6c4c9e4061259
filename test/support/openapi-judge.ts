import type { Method, Operation } from "../../src/http/openapi.js";
import { answersOf, type DescribedAnswer, describedPathOf } from "./described-routes.js";
import type { Exchange } from "./http-traffic.js";
import { problemsOf } from "./schema-validators.js";

/** What HTTP and Node.js add to every answer, and the two that docs/reference/openapi.json tells of in its text. */
const GENERAL_HEADERS = new Set(
  "connection content-length content-type date keep-alive transfer-encoding x-content-type-options".split(
    " ",
  ),
);

const PROBLEM = "application/problem+json";

export interface Judgement {
  problems: string[];
  /** What of the description the exchange has met: see `everythingDescribed`. */
  met: string[];
}

/** Judges an exchange by docs/reference/openapi.json. */
export function judge(exchange: Exchange): Judgement {
  const isOfServer = isBelowPublicPath(exchange) || isAsterisk(exchange);
  const described = describedPathOf(isOfServer ? "/" : exchange.url);
  const operation = described?.operations[methodOf(exchange)];
  const { problems, met } = operation
    ? judgeOperation(operation, exchange)
    : { problems: undescribed(described !== null, exchange), met: [] };
  const path = described?.path ?? exchange.url.split("?")[0];
  const at = `${exchange.method} ${path} ${exchange.status}`;
  return { problems: problems.map((problem) => `${at}: ${problem}`), met };
}

/** The server's own address where its public URL has a path. */
const isBelowPublicPath = ({ url, status, headers }: Exchange) =>
  status === 302 && headers["location"] === `${url.replace(/\/$/, "")}/graphql`;

/** The asterisk-form of RFC 9112 section 3.2.4 asks about the server as a whole. */
const isAsterisk = ({ url }: Exchange) => url.split("?")[0] === "*";

const methodOf = ({ method }: Exchange): Method =>
  (method === "HEAD" ? "get" : method.toLowerCase()) as Method;

const mediaTypeOf = (headers: Record<string, string>) =>
  (headers["content-type"] ?? "").split(";")[0]?.trim().toLowerCase() ?? "";

/** The answers that the description has only in words. */
function undescribed(isKnownPath: boolean, { method, status, headers }: Exchange): string[] {
  const type = mediaTypeOf(headers);
  const isError = type === PROBLEM || type === "application/json";
  if (status === 400 && isError) return [];
  if (status === 404 && type === PROBLEM) return [];
  if (!isKnownPath) return status === 404 && isError ? [] : ["a path that is not described"];
  const hasAllow = headers["allow"] !== undefined;
  if (method === "OPTIONS" && status === 204 && hasAllow) return [];
  return status === 405 && hasAllow && isError ? [] : ["a method that is not described"];
}

function judgeOperation(operation: Operation, exchange: Exchange): Judgement {
  const { status, headers, method, body } = exchange;
  const { operationId } = operation;
  const answer = answersOf(operation).find((each) => each.status === status);
  const type = mediaTypeOf(headers);
  const isOfEveryRoute = [400, 404, 413, 503].includes(status) && type === PROBLEM;
  if (isOfEveryRoute && !answer?.content[PROBLEM]) return { problems: [], met: [] };
  if (!answer) return { problems: [`a status that is not described: ${body}`], met: [] };
  const content = answer.content[type];
  const describedType = Object.keys(answer.content).length > 0 ? ` ${type}` : "";
  const met = [`${operationId} ${status}${describedType}`];
  const problems = judgeHeaders(answer, headers);
  if (!content && (body !== "" || Object.keys(answer.content).length > 0) && method !== "HEAD") {
    problems.push(`a media type that is not described: ${type}`);
  }
  if (content && type.endsWith("json") && method !== "HEAD") {
    const value = JSON.parse(body);
    problems.push(...problemsOf(value, content.schema, "answer"));
    if (value.error) met.push(`${operationId} ${status} ${value.error}`);
  }
  for (const name of Object.keys(answer.headers)) {
    if (headers[name] !== undefined) met.push(`${operationId} ${status} ${name}`);
  }
  const request = judgeRequest(operation, exchange);
  // What is refused may be anything.
  if (status < 400) problems.push(...request.problems);
  return { problems, met: [...met, ...request.met] };
}

function judgeHeaders(
  { headers: described }: DescribedAnswer,
  headers: Record<string, string>,
): string[] {
  const unknown = Object.keys(headers)
    .filter((name) => !(name in described) && !GENERAL_HEADERS.has(name))
    .map((name) => `a header that is not described: ${name}`);
  const wrong = Object.entries(described).flatMap(([name, { required, schema }]) => {
    const value = headers[name];
    if (value === undefined) return required ? [`without its header ${name}`] : [];
    const typed = schema["type"] === "integer" ? Number(value) : value;
    return problemsOf(typed, schema, "answer").map((problem) => `header ${name}:${problem}`);
  });
  return [...unknown, ...wrong];
}

function judgeRequest(operation: Operation, exchange: Exchange): Judgement {
  const { operationId, parameters = [], requestBody } = operation;
  const { url, requestHeaders, requestBody: body } = exchange;
  const query = new URLSearchParams(url.split("?")[1] ?? "");
  const problems: string[] = [];
  const met: string[] = [];
  for (const { name, in: place, required } of parameters) {
    const value = place === "query" ? query.get(name) : requestHeaders[name.toLowerCase()];
    const isThere = place === "path" || (value ?? null) !== null;
    if (isThere) met.push(`${operationId} parameter ${name}`);
    else if (required) problems.push(`without its parameter ${name}`);
  }
  for (const name of query.keys()) {
    const isKnown = parameters.some((each) => each.in === "query" && each.name === name);
    if (!isKnown && operation.parameters?.some((each) => each.in === "query")) {
      problems.push(`a parameter that is not described: ${name}`);
    }
  }
  if (!requestBody) return { problems, met };
  const type = mediaTypeOf(requestHeaders);
  const content = requestBody.content[type];
  if (!content) return { problems: [...problems, `sent as ${type}, which is not described`], met };
  met.push(`${operationId} request ${type}`);
  const value = parse(type, body);
  problems.push(...problemsOf(value, content.schema, "request"));
  if (value !== null && typeof value === "object") {
    met.push(...Object.keys(value).map((name) => `${operationId} field ${name}`));
  }
  return { problems, met };
}

function parse(type: string, body: string): unknown {
  if (type === "application/x-www-form-urlencoded") {
    const fields = [...new URLSearchParams(body.replace(/\r?\n$/, ""))];
    return Object.fromEntries(fields.filter(([, value]) => value !== ""));
  }
  try {
    const value = JSON.parse(body);
    const fields = Object.entries(value).filter(([, field]) => field !== null && field !== "");
    return Object.fromEntries(fields);
  } catch {
    return body;
  }
}
