/**
 * Bodies of `POST /graphql` that have as much of one thing as a limit allows, or as fits into a body: the most
 * tokens that are parsed, the most bytes, and the most that is validated.
 */

const BYTES = 500_000;
const TOKENS = 9_900;
const VALUES = 19_900;

const times = (count: number, piece: (at: number) => string) =>
  Array.from({ length: count }, (_, at) => piece(at)).join(" ");
/** As many pieces as there are tokens for. */
const tokens = (each: number, piece: (at: number) => string) =>
  times(Math.floor(TOKENS / each), piece);
const bytes = (text: string) => text.repeat(BYTES / text.length);

/** Fragments, each of which spreads the next. */
const chain = (count: number, type: string, field: string) =>
  times(count, (at) => `fragment f${at} on ${type}{${at < count - 1 ? `...f${at + 1}` : field}}`);

const issueToken = (input: string) => `mutation { issueToken(input: ${input}) { scope } }`;
const createClient = (input: string) =>
  `mutation { createClient(input: ${input}) { clientSecret } }`;

const DOCUMENTS: Record<string, string> = {
  selections: `{ ${tokens(1, () => "__typename")} }`,
  "unknown selections": `{ ${tokens(1, (at) => `a${at}`)} }`,
  "two thousand unknown selections": `{ ${times(2_000, (at) => `projekt${at}`)} }`,
  aliases: `{ ${tokens(3, (at) => `a${at}: __typename`)} }`,
  "aliases in two operations": times(
    2,
    (of) => `query q${of} { ${times(490, (at) => `a${at}: project { name }`)} }`,
  ),
  fragments: `{ __typename } ${tokens(7, (at) => `fragment f${at} on Query{a}`)}`,
  "a hundred unused fragments": `{ __typename } ${times(100, (at) => `fragment f${at} on Query { ${times(19, (field) => `a${field}: __typename`)} }`)}`,
  "a chain of fragments": `{...f0} ${chain(1_230, "Query", "__typename")}`,
  "a chain of a hundred fragments": `{...f0} ${chain(100, "Query", "__typename")}`,
  "a chain of fragments for each operation": `${times(500, (at) => `query q${at}{...f0}`)} ${chain(600, "Query", "__typename")}`,
  "a chain of a hundred fragments for a hundred operations": `${times(100, (at) => `query q${at}{...f0}`)} ${chain(100, "Query", "__typename")}`,
  "fragments that spread all others": `{ ...f0 } ${times(40, (at) => `fragment f${at} on Query { ${times(40, (other) => `...f${other}`)} }`)}`,
  "spreads of one fragment": `{ ${times(1_900, () => "...f")} } fragment f on Query { __typename }`,
  "spreads of unknown fragments": `{ ${times(1_900, (at) => `...f${at}`)} }`,
  "inline fragments": `{ ${times(950, () => "... on Query { a }")} }`,
  operations: tokens(5, (at) => `query q${at}{a}`),
  "operations of one name": tokens(5, () => "query q{a}"),
  "operations without a name": tokens(3, () => "{a}"),
  "a hundred operations": times(100, (at) => `query q${at} { ${times(19, () => "__typename")} }`),
  variables: `query (${tokens(4, (at) => `$a${at}: Int`)}) { __typename }`,
  "unused variables of a hundred operations": times(
    38,
    (of) => `query q${of}(${times(64, (at) => `$a${at}: Int`)}) { __typename }`,
  ),
  "variables of an unknown type": times(
    38,
    (of) => `query q${of}(${times(64, (at) => `$a${at}: Integer${at}`)}) { __typename }`,
  ),
  "undefined variables": `{ ${times(750, (at) => `a${at}: node(id: $id${at}) { id }`)} }`,
  "undefined variables in a chain of fragments": `${times(100, (at) => `query q${at}{...f0}`)} ${chain(99, "Query", "...f99")} fragment f99 on Query { ${times(600, (at) => `a${at}: node(id: $id${at}) { id }`)} }`,
  directives: `{ a ${tokens(7, () => "@skip(if: true)")} }`,
  "directives of an unknown name": `{ ${times(180, (of) => `a${of}: __typename ${times(26, (at) => `@skipp${at}`)}`)} }`,
  arguments: `{ project(${tokens(3, (at) => `a${at}: 1`)}) { name } }`,
  "arguments of an unknown name": `{ ${times(50, (of) => `a${of}: project(${times(60, (at) => `nane${at}: 1`)}) { name }`)} }`,
  "list items": createClient(`{ scopes: [${tokens(1, () => "1")}] }`),
  "valid list items": createClient(`{ scopes: [${tokens(1, () => '"a"')}] }`),
  "list items that are objects": createClient(`{ scopes: [${tokens(5, () => "{a: 1}")}] }`),
  "items of a JSON object": createClient(
    `{ scopes: [], trustedMetadata: { a: [${tokens(1, () => "1")}] } }`,
  ),
  "object fields": issueToken(`{ ${tokens(3, (at) => `a${at}: 1`)} }`),
  "object fields in a list": createClient(
    `{ scopes: [${times(50, () => `{ ${times(60, (at) => `a${at}: 1`)} }`)}] }`,
  ),
  "sixty unknown object fields": issueToken(
    `{ ${times(60, (at) => `clientSecre${at}: "${"x".repeat(8_000)}"`)} }`,
  ),
  "fields of a JSON object": createClient(
    `{ scopes: [], trustedMetadata: { ${tokens(3, (at) => `a${at}: 1`)} } }`,
  ),
  "a string": issueToken(`{ clientId: "${bytes("x")}", clientSecret: "a" }`),
  "a string of escape sequences": issueToken(
    `{ clientId: "${bytes("\\u0041").slice(0, 240_000)}", clientSecret: "a" }`,
  ),
  strings: createClient(`{ scopes: [${times(9_000, () => `"${"x".repeat(40)}"`)}] }`),
  "a block string": issueToken(`{ clientId: """${bytes("x")}""", clientSecret: "a" }`),
  "a block string of lines": issueToken(
    `{ clientId: """${bytes("\n").slice(0, 240_000)}""", clientSecret: "a" }`,
  ),
  "a block string of 7,900 lines": issueToken(
    `{ clientId: """${"  x\n".repeat(7_900)}""", clientSecret: "a" }`,
  ),
  "a block string of quotes": issueToken(
    `{ clientId: """${bytes('\\"""').slice(0, 200_000)}""", clientSecret: "a" }`,
  ),
  "a string without an end": `{ a(a: "${bytes("x")}`,
  "a block string without an end": `{ a(a: """${bytes("x")}`,
  comments: `{ __typename } ${bytes("#\n").slice(0, 300_000)}`,
  "a comment": `{ __typename } # ${bytes("x")}`,
  commas: `{ __typename ${bytes(",")} }`,
  "a long name": `{ ${bytes("x")} }`,
  "long names": `{ ${times(1_900, (at) => `${"x".repeat(240)}${at}`)} }`,
  "a long number": `{ node(id: ${bytes("9")}) { id } }`,
  "nested lists": createClient(`{ scopes: ${"[".repeat(95)}${"]".repeat(95)} }`),
  "nested lists of a JSON object": createClient(
    `{ scopes: [], trustedMetadata: { a: ${times(50, () => "[".repeat(90) + "]".repeat(90)).replace(/^/, "[")}] } }`,
  ),
  "nested lists in a type": `query (${times(50, (at) => `$a${at}: ${"[".repeat(90)}Int${"]".repeat(90)}`)}) { __typename }`,
  "nested selections": `{ ${times(21, (at) => `a${at}: project { ${"... { ".repeat(90)} name ${"}".repeat(90)} }`)} }`,
};

/** A request as a generated client may send it, with as many values as a document may have. */
export const ORDINARY_BODY = JSON.stringify({ query: DOCUMENTS["valid list items"] });

/** 19,900 members or items, or as many bytes. */
const members = (name: string, value = "1", count = VALUES) =>
  `{${Array.from({ length: count }, (_, at) => `"${name}${at}":${value}`)}}`;
const items = (item: string, count: number) => `[${Array.from({ length: count }, () => item)}]`;

const ISSUE = "mutation ($i: IssueTokenInput!) { issueToken(input: $i) { scope } }";
const VERIFY =
  "mutation ($i: VerifyClientInput!) { verifyClient(input: $i) { client { clientId } } }";
const CREATE = "mutation ($i: CreateClientInput!) { createClient(input: $i) { clientSecret } }";
const LIST = "query ($i: ClientFilter) { clients(filter: $i) { totalCount } }";

const VARIABLES: Record<string, [query: string, variables: string]> = {
  "unknown members": [ISSUE, `{"i":${members("a")}}`],
  "unknown members that are almost right": [ISSUE, `{"i":${members("clientSecre")}}`],
  "unknown members with long names": [ISSUE, `{"i":${members("x".repeat(7_000), "1", 64)}}`],
  "unknown members that are objects": [ISSUE, `{"i":${members("a", '{"a":[1]}', 6_000)}}`],
  "sixty unknown members with long values": [
    ISSUE,
    `{"i":${members("clientId", `"${"\\n".repeat(3_500)}"`, 60)}}`,
  ],
  "unknown variables": [ISSUE, members("i")],
  "objects for a text": [ISSUE, `{"i":{"clientId":${members("a")},"clientSecret":"a"}}`],
  "a list for a text": [ISSUE, `{"i":{"clientId":${items("1", VALUES)},"clientSecret":"a"}}`],
  "a list for an object": [ISSUE, `{"i":${items("1", VALUES)}}`],
  "a list of objects for an object": [ISSUE, `{"i":${items('{"a":1}', 9_900)}}`],
  "items of the wrong type": [CREATE, `{"i":{"scopes":${items("1", VALUES)}}}`],
  "items that are objects": [CREATE, `{"i":{"scopes":${items('{"a":1}', 9_900)}}}`],
  "nested lists": [CREATE, `{"i":{"scopes":${"[".repeat(60)}${"]".repeat(60)}}}`],
  "scopes that a client needs": [
    VERIFY,
    `{"i":{"clientId":"a","clientSecret":"a","requiredScopes":${items('"read:all"', VALUES)}}}`,
  ],
  "items that are texts": [CREATE, `{"i":{"scopes":${items('"read:all"', VALUES)}}}`],
  "members of a JSON object": [CREATE, `{"i":{"scopes":[],"trustedMetadata":${members("a")}}}`],
  "members of a JSON object beside an unknown one": [
    CREATE,
    `{"i":{"scopes":[],"trustedMetadata":${members("a")},"typo":1}}`,
  ],
  "objects with sixty unknown members": [
    LIST,
    `{"i":{"metadata":${items(members("a", "1", 60), 320)}}}`,
  ],
  "a long text": [ISSUE, `{"i":{"clientId":"${bytes("x")}","clientSecret":"a"}}`],
  "a text of escape sequences": [
    ISSUE,
    `{"i":{"clientId":"${bytes("\\u0001").slice(0, 480_000)}"}}`,
  ],
  "an unknown enum value": [
    CREATE,
    `{"i":{"scopes":[],"tokenEndpointAuthMethod":"${bytes("P")}"}}`,
  ],
};

export const greatestBodies: (readonly [name: string, body: string])[] = [
  ...Object.entries(DOCUMENTS).map(
    ([name, query]) =>
      [
        `a document of ${name}`,
        JSON.stringify({ query, ...(query.startsWith("query q0") && { operationName: "q0" }) }),
      ] as const,
  ),
  ...Object.entries(VARIABLES).map(
    ([name, [query, variables]]) =>
      [
        `variables of ${name}`,
        `{"query":${JSON.stringify(query)},"variables":${variables}}`,
      ] as const,
  ),
];
