import { isCredential } from "../../../../src/oauth/parameter-rules.js";
import { parseBasic } from "../../../../src/shared/authorization-header.js";
import { isParameterName } from "../../../../src/shared/parameter-names.js";
import { parseJsonObject } from "../../shared/json-object.js";
import type { TestRequest } from "../test-issuer.js";
import type { IncomingRequest } from "./http.js";

const MAX_REQUESTS = 1000;

/** What was asked, without what is secret. */
export class RequestLog {
  readonly requests: TestRequest[] = [];

  add(at: Date, { method, url, headers, body }: IncomingRequest, status: number): void {
    const [path = ""] = url.split("?");
    const parameters = parametersOf(headers["content-type"], body);
    const clientId = parseBasic(headers["authorization"] ?? "")?.user ?? parameters["client_id"];
    if (this.requests.length === MAX_REQUESTS) this.requests.shift();
    this.requests.push({ at, method, path, parameters, ...(clientId && { clientId }), status });
  }
}

function parametersOf(contentType = "", body: string): Record<string, string> {
  const entries = contentType.includes("json")
    ? Object.entries(parseJsonObject(body) ?? {}).map(
        ([name, value]) => [name, String(value)] as const,
      )
    : [...new URLSearchParams(body)];
  return Object.fromEntries(
    entries.filter(([name]) => !(isParameterName(name) && isCredential(name))),
  );
}
