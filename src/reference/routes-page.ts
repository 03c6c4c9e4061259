import {
  EVERY_ROUTE,
  ISSUER_PATHS,
  METHODS,
  type OpenApiDocument,
  type Operation,
  type Parameter,
  type PathItem,
  type Reference,
  type Response,
  type Schema,
  TAGS,
} from "../http/openapi.js";
import { bodiesSections, fieldTable, resolve } from "./bodies-section.js";
import { code, section, table } from "./markdown.js";

interface Route {
  path: string;
  method: string;
  item: PathItem;
  operation: Operation;
}

/** The sections of docs/reference/routes.md: a table of all routes, then a section for each. */
export function routesPage(document: OpenApiDocument): string[] {
  const routes = Object.entries(document.paths).flatMap(([path, item]) =>
    METHODS.flatMap((method): Route[] => {
      const operation = item[method];
      return operation ? [{ path, method: method.toUpperCase(), item, operation }] : [];
    }),
  );
  const tasks = Object.entries(TAGS).map(([tag, description]) => ({
    tag,
    description,
    routes: routes.filter(({ operation }) => operation.tags[0] === tag),
  }));
  return [
    `The same for programs is [openapi.json](openapi.json), an OpenAPI 3.1 description. ${ISSUER}`,
    EVERY_ROUTE,
    EXAMPLES,
    table(
      ["to", "routes"],
      tasks.map(({ tag, routes: ofTask }) => [tag, ofTask.map(linkTo).join("<br>")]),
    ),
    ...tasks.flatMap(({ tag, description, routes: ofTask }) => [
      section(2, tag, description),
      ...ofTask.map((route) => describe(route, document)),
    ]),
    sharedAnswers(document),
    ...bodiesSections(document),
  ];
}

const ISSUER = `\`{issuer}\` is a project's issuer: \`${ISSUER_PATHS[1]}\` below the public URL, or the host and path (up to three segments) of the project's own issuer. Without either, a request is for the first project.`;

const EXAMPLES = `The examples read their values from variables: \`COUNTERSIGN_URL\`, \`COUNTERSIGN_PROJECT_ID\` and \`COUNTERSIGN_SECRET\` (a management key) from the output of the first start, \`ISSUER\`, which is \`$COUNTERSIGN_URL/projects/$COUNTERSIGN_PROJECT_ID\` for a project without an issuer of its own, and \`CLIENT_ID\`, \`CLIENT_SECRET\`, \`AUDIENCE\` and \`TOKEN\` of a client.`;

const pathOf = ({ path, item }: Route) => (item.servers ? path : `{issuer}${path}`);
const titleOf = (route: Route) => `${route.method} ${pathOf(route)}`;
/** As GitHub makes it of the heading. */
const anchorOf = (route: Route) =>
  titleOf(route)
    .toLowerCase()
    .replaceAll(/[^\w -]/g, "")
    .replaceAll(" ", "-");

const linkTo = (route: Route) => `[${code(titleOf(route))}](#${anchorOf(route)})`;

function describe(route: Route, document: OpenApiDocument): string {
  const { operation } = route;
  const { parameters = [], requestBody, description, summary } = operation;
  const [sample] = operation["x-codeSamples"] ?? [];
  return section(
    3,
    code(titleOf(route)),
    `**${summary}.** ${description}`,
    credentials(operation),
    ...(sample ? [`\`\`\`sh\n${sample.source}\n\`\`\``, ...exampleOf(operation)] : []),
    ...(parameters.length > 0 ? [parameterTable(parameters)] : []),
    ...(requestBody ? [bodyText(requestBody.content, document)] : []),
    answerTable(operation),
  );
}

const SCHEMES: Readonly<Record<string, string>> = {
  managementKey: "a management key (HTTP Basic)",
  clientSecretBasic: "a client's id and secret (HTTP Basic)",
  accessToken: "an access token (Bearer)",
  dpop: "an access token with its proof (DPoP)",
  registrationAccessToken: "the client's registration token (Bearer)",
};

function credentials({ security = [], requestBody }: Operation): string {
  const names = security.flatMap((each) => Object.keys(each)).map((name) => SCHEMES[name] ?? name);
  if (names.length === 0) return "Credentials: none.";
  const isOptional = security.some((each) => Object.keys(each).length === 0);
  const isForm = requestBody?.content["application/x-www-form-urlencoded"] !== undefined;
  const others = isOptional ? [isForm ? "fields of the form" : "none for public operations"] : [];
  return `Credentials: ${[...names, ...others].join(", or ")}.`;
}

function parameterTable(parameters: readonly Parameter[]): string {
  const rows = parameters.map(({ name, in: place, required, description }) => [
    code(name),
    place,
    required ? "yes" : "",
    description,
  ]);
  return table(["parameter", "in", "required", "meaning"], rows);
}

function bodyText(
  content: NonNullable<Operation["requestBody"]>["content"],
  document: OpenApiDocument,
): string {
  const [[, first] = []] = Object.entries(content);
  const fields = first ? fieldTable(first.schema, document) : "";
  return `Body: ${Object.keys(content).map(code).join(" or ")}.\n\n${fields}`;
}

function answerTable({ responses }: Operation): string {
  const answers = Object.entries(responses);
  const own = answers.flatMap(([status, answer]) =>
    isReference(answer) ? [] : [answerRow(status, answer)],
  );
  const shared = answers.filter(([, answer]) => isReference(answer)).map(([status]) => status);
  const others =
    shared.length > 0 ? `\n\nAlso ${shared.join(", ")}: [${SHARED}](#${SHARED_ANCHOR}).` : "";
  return table(ANSWER_COLUMNS, own) + others;
}

const SHARED = "answers of many routes";
const SHARED_ANCHOR = SHARED.replaceAll(" ", "-");
const ANSWER_COLUMNS = ["status", "when", "body", "headers"];

const isReference = (answer: Response | Reference): answer is Reference => "$ref" in answer;

function answerRow(status: string, { description, content = {}, headers = {} }: Response) {
  const names = Object.keys(headers).filter((name) => name !== "X-Request-Id");
  const bodies = Object.entries(content).map(([type, { schema }]) => bodyOf(type, schema));
  return [
    status,
    description.replaceAll(/\n?- /g, "<br>").replace(/^<br>/, ""),
    bodies.join("<br>"),
    names.map(code).join(", "),
  ];
}

/** The answers that operations refer to, each once, with the status that they have. */
function sharedAnswers(document: OpenApiDocument): string {
  const statuses = new Map(
    Object.values(document.paths)
      .flatMap((item) => METHODS.flatMap((method) => item[method] ?? []))
      .flatMap(({ responses }) => Object.entries(responses))
      .flatMap(([status, answer]) => (isReference(answer) ? [[answer.$ref, status] as const] : [])),
  );
  const rows = [...statuses].map(([$ref, status]) =>
    answerRow(status, resolve<Response>({ $ref }, document)),
  );
  return section(2, "Answers of many routes", table(ANSWER_COLUMNS, rows.sort()));
}

/** The body of the first answer that has an example. */
function exampleOf({ responses }: Operation): string[] {
  const [example] = Object.values(responses)
    .flatMap((answer) => (isReference(answer) ? [] : Object.values(answer.content ?? {})))
    .flatMap((content) => content.example ?? []);
  return example ? [`answers:\n\n\`\`\`json\n${JSON.stringify(example, null, 2)}\n\`\`\``] : [];
}

function bodyOf(type: string, schema: Schema): string {
  const reference = schema["$ref"];
  if (typeof reference !== "string") return code(type);
  const name = reference.split("/").at(-1) ?? "";
  return `${code(type)}: [${name}](#${name.toLowerCase()})`;
}
