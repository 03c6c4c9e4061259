import { basicAuthorization } from "../shared/basic-authorization.js";
import { failureReason } from "../shared/failure-reason.js";
import { readText } from "../shared/response-text.js";
import { EXIT, Failure } from "./failure.js";
import { escapeUnprintable } from "./literals.js";
import type { Settings } from "./settings.js";

/** What a project says about its tokens. */
export interface ProjectTypes {
  projectId: string;
  /** Null: the project itself. */
  defaultAudience: string | null;
  claimsTemplate: string | null;
  sessionClaimsTemplate: string | null;
  apis: readonly Api[];
}

interface Api {
  identifier: string;
  scopes: readonly { value: string }[];
}

export const DOCUMENT = `query ProjectTypes($after: String) {
  project { projectId defaultAudience claimsTemplate sessionClaimsTemplate }
  apis(first: 100, after: $after) { nodes { identifier scopes { value } } pageInfo { hasNextPage endCursor } }
}`;

/** What the fields of the document need. */
const PERMISSIONS: Readonly<Record<string, string>> = {
  project: "settings:read",
  apis: "apis:read",
};

interface Page {
  project: Omit<ProjectTypes, "apis">;
  apis: { nodes: Api[]; pageInfo: { hasNextPage: boolean; endCursor: string | null } };
}

interface GraphqlError {
  message: string;
  path?: (string | number)[];
  extensions?: { code?: string };
}

const TIMEOUT_SECONDS = 60;
/** 100 APIs with 1000 scopes of the greatest length have half of it. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

/** @throws Failure */
export async function readProjectTypes(settings: Settings): Promise<ProjectTypes> {
  const signal = AbortSignal.timeout(TIMEOUT_SECONDS * 1000);
  const apis: Api[] = [];
  let after: string | null = null;
  for (;;) {
    const page: Page = await readPage(settings, after, signal);
    apis.push(...page.apis.nodes);
    if (!page.apis.pageInfo.hasNextPage) return { ...page.project, apis };
    const { endCursor }: Page["apis"]["pageInfo"] = page.apis.pageInfo;
    if (!endCursor || endCursor === after) throw refusal("The server's pages do not end.");
    after = endCursor;
  }
}

async function readPage(
  settings: Settings,
  after: string | null,
  signal: AbortSignal,
): Promise<Page> {
  const { status, text } = await post(settings, { query: DOCUMENT, variables: { after } }, signal);
  let answer: { data?: Page | null; errors?: GraphqlError[] };
  try {
    answer = JSON.parse(text);
  } catch {
    throw refusal(`${settings.url.href} answers with status ${status} and no GraphQL.`);
  }
  if (answer.errors?.length) {
    throw refusal([...new Set(answer.errors.map(sentenceOf))].join("\n"));
  }
  if (!answer.data?.project || !answer.data.apis) {
    throw refusal(`${settings.url.href} answers with status ${status} and no project.`);
  }
  return answer.data;
}

async function post(
  { url, projectId, secret }: Settings,
  body: object,
  signal: AbortSignal,
): Promise<{ status: number; text: string }> {
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        accept: "application/graphql-response+json, application/json",
        authorization: basicAuthorization(projectId, secret),
      },
      body: JSON.stringify(body),
      redirect: "manual",
      signal,
    });
    const text = await readText(response, MAX_ANSWER_BYTES);
    if (text === null) throw refusal("The answer is too long.");
    return { status: response.status, text };
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw refusal(`${url.origin} cannot be reached: ${reasonOf(error)}.`);
  }
}

function sentenceOf({ message, path, extensions }: GraphqlError): string {
  const code = extensions?.code;
  if (code === "UNAUTHENTICATED")
    return "The server does not accept the project id and the secret.";
  const permission = PERMISSIONS[String(path?.[0])];
  if (code === "FORBIDDEN" && permission) {
    return `The management key needs the permission ${permission}.`;
  }
  return escapeUnprintable(`The server answers ${code ?? "with an error"}: ${message}`);
}

function reasonOf(error: unknown): string {
  const isTimeout = error instanceof Error && error.name === "TimeoutError";
  return isTimeout ? `no answer within ${TIMEOUT_SECONDS} seconds` : failureReason(error);
}

function refusal(message: string): Failure {
  return new Failure(EXIT.REFUSED, message);
}
