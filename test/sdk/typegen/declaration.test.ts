// biome-ignore-all lint/suspicious/noTemplateCurlyInString: scopes may look like one
import { readFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { buildSchema, parse, validate } from "graphql";
import ts from "typescript";
import { updateProject } from "../../support/operations.js";
import { startTestServer, type TestServer } from "../../support/test-server.js";
import { compile } from "./compile.js";
import { environmentOf, runTypegen, temporaryFolder } from "./typegen-command.js";

let server: TestServer;
let temporary: Awaited<ReturnType<typeof temporaryFolder>>;

beforeAll(async () => {
  server = await startTestServer();
  temporary = await temporaryFolder();
});

afterAll(async () => {
  await server.stop();
  await temporary.remove();
});

/** Runs the command and compiles what it has written. */
async function generated(): Promise<ReturnType<typeof compile> & { text: string }> {
  const ended = await runTypegen(environmentOf(server), [], temporary.folder);
  expect(ended).toMatchObject({ exitCode: 0 });
  const text = await readFile(path.join(temporary.folder, "countersign.d.ts"), "utf8");
  const files = {
    "countersign.d.ts": text,
    "use.ts": `import type { Audience, CustomClaims, Register, Scope, SessionCustomClaims } from "@countersign/sdk";
export type Ids = keyof Register;
export type Audiences = Audience;
export type Scopes = { [A in Audience]: Scope<A> };
export type Claims = CustomClaims;
export type SessionClaims = SessionCustomClaims;
`,
  };
  return { text, ...compile(files) };
}

/** How the compiler understands a type of `use.ts`. */
function typeOf({ program, sourceOf }: Awaited<ReturnType<typeof generated>>, name: string) {
  const checker = program.getTypeChecker();
  const alias = sourceOf("use.ts").statements.find(
    (statement) => ts.isTypeAliasDeclaration(statement) && statement.name.text === name,
  ) as ts.TypeAliasDeclaration;
  const type = checker.getTypeFromTypeNode(alias.type);
  const members = (of: ts.Type): ts.Type[] => (of.isUnion() ? of.types : [of]);
  const textOf = (of: ts.Type): string => {
    if (of.isStringLiteral()) return of.value;
    if (!(of.flags & ts.TypeFlags.TemplateLiteral)) return checker.typeToString(of);
    return (of as ts.TemplateLiteralType).texts.join("…");
  };
  const properties = type.getProperties().map((property) => {
    const valueType = checker.getTypeOfSymbol(property);
    return [property.name, members(valueType).map(textOf).sort()] as const;
  });
  return { values: members(type).map(textOf).sort(), properties: new Map(properties) };
}

/** Scope tokens may hold all of ASCII but space, `"` and `\` (RFC 6749 section 3.3). */
const ODD_SCOPES = [
  "it's",
  "`;}",
  "${string}",
  "a${b}`c",
  "*/",
  "//",
  "read:*",
  "$`{:*",
  "${x}:*",
  ":*",
  "*",
  "a:b:*",
  "<script>",
];
const ODD_IDENTIFIERS = [
  'a";};declare:module"x',
  "back\\slash",
  "`${never}`",
  "*/",
  "__proto__",
  "ünï:😀",
];
const ODD_CLAIMS = [
  'quote"',
  "line\nfeed",
  "separator\u2028\u2029.",
  "rtl\u202e.",
  "back\\slash",
  "*/",
];

describe("the declaration", () => {
  test("keeps names and scopes in their literals, whatever they contain", async () => {
    for (const [index, identifier] of ODD_IDENTIFIERS.entries()) {
      await server.operator.request(
        `mutation ($input: CreateApiInput!) { createApi(input: $input) { api { apiId } } }`,
        {
          input: {
            identifier,
            name: "An API",
            scopes: index === 0 ? ODD_SCOPES.map((value) => ({ value })) : [],
          },
        },
      );
    }
    const template = Object.fromEntries(ODD_CLAIMS.map((name) => [name, `is ${name}`]));
    await updateProject(server.operator, { claimsTemplate: JSON.stringify(template) });
    const result = await generated();
    expect(result.diagnoses).toEqual([]);
    expect(typeOf(result, "Ids").values).toEqual([server.projectId]);
    const audiences = [...ODD_IDENTIFIERS, server.projectId].sort();
    expect(typeOf(result, "Audiences").values).toEqual(audiences);
    const patterns = { "read:*": "read:…", "$`{:*": "$`{:…", "${x}:*": "${x}:…", ":*": ":…" };
    const scopes = ODD_SCOPES.map((scope) => patterns[scope as keyof typeof patterns] ?? scope);
    const ofFirst = typeOf(result, "Scopes").properties.get(String(ODD_IDENTIFIERS[0]));
    expect(ofFirst).toEqual(scopes.sort());
    const claims = typeOf(result, "Claims").properties;
    expect([...claims].sort()).toEqual(
      ODD_CLAIMS.map((name) => [name, ["undefined", `is ${name}`].sort()] as const).sort(),
    );
    expect(result.text).not.toMatch(/[\p{Cf}\p{Zl}\p{Zp}]/u);
  });

  test("types claims as far as their template tells", async () => {
    await updateProject(server.operator, {
      claimsTemplate: `{
        "id": {{ client.client_id }},
        "same": {{ client["client_id"] }},
        "any": {{ client.trusted_metadata["a || b"].c }},
        "metadata": {{ client.trusted_metadata }},
        "kind": {{ client.owner.type || 'NONE' }},
        "level": {{ client.trusted_metadata.level || 1 }},
        "user": {{ request.user || "}} nobody" }},
        "text": "user {{ client.trusted_metadata["a"] || "x" }}",
        "constants": [1, "a", true, null],
        "nothing": [],
        "nested": { "fixed": -1.5, "id": {{ project.project_id }}, "owner": {{ client.owner.id }}, "none": {} }
      }`.replace('["a"] || "x"', '[\\"a\\"]'),
      sessionClaimsTemplate: `{ "team": {{ member.roles }}, "tier": {{ organization.trusted_metadata.tier || false }}, "slug": "{{ organization.slug }}" }`,
    });
    const { text, diagnoses } = await generated();
    expect(diagnoses).toEqual([]);
    expect(text.slice(text.indexOf("      claims:"))).toBe(`      claims: {
        "any"?: unknown;
        "constants"?: Array<1 | "a" | true | null>;
        "id"?: string;
        "kind"?: "EXTERNAL" | "MEMBER" | "ORGANIZATION" | "NONE";
        "level"?: unknown;
        "metadata"?: { [key: string]: unknown };
        "nested"?: { "fixed": -1.5; "id": string; "owner"?: string; "none": {} };
        "nothing"?: Array<never>;
        "same"?: string;
        "text"?: string;
        "user"?: string;
      };
      sessionClaims: {
        "slug"?: string;
        "team"?: string[];
        "tier"?: unknown;
      };
    };
  }
}
`);
  });

  test("is what a file has for a project without APIs and templates", async () => {
    await updateProject(server.operator, { claimsTemplate: null, sessionClaimsTemplate: null });
    const { diagnoses, text } = await generated();
    expect(diagnoses).toEqual([]);
    expect(text).toContain("      claims: {};\n      sessionClaims: {};\n");
  });
});

test("the document of the command is valid for the schema", async () => {
  const source = await readFile("sdk/src/typegen/project-types.ts", "utf8");
  const document = /DOCUMENT = `([^`]*)`/.exec(source)?.[1] ?? "";
  const schema = buildSchema(await readFile("schema.graphql", "utf8"));
  expect(validate(schema, parse(document))).toEqual([]);
});
