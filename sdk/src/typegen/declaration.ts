import { type ClaimTypes, claimTypesOf } from "./claims-type.js";
import { EXIT, Failure } from "./failure.js";
import { scopeType, stringLiteral } from "./literals.js";
import type { ProjectTypes } from "./project-types.js";

export interface Declaration {
  /** Of the file, always the same for the same project. */
  text: string;
  counts: { apis: number; scopes: number; claims: number; sessionClaims: number };
}

const SDK = '"@countersign/sdk"';

/** @throws Failure for a claims template that this version cannot read */
export function declarationOf(project: ProjectTypes): Declaration {
  const { projectId, apis } = project;
  const claims = claimTypes(project, "claimsTemplate");
  const sessionClaims = claimTypes(project, "sessionClaimsTemplate");
  const scopesByApi = new Map(
    apis.map(({ identifier, scopes }) => [
      identifier,
      scopes.map(({ value }) => scopeType(value)).sort(),
    ]),
  );
  const text = `/* eslint-disable -- Written by countersign-typegen. Do not edit. */
import type {} from ${SDK};

declare module ${SDK} {
  interface Register {
    ${stringLiteral(projectId)}: {
      apis: ${block(sorted(scopesByApi).map(apiMember))};
      defaultAudience: ${stringLiteral(project.defaultAudience ?? projectId)};
      claims: ${claimMembers(claims)};
      sessionClaims: ${claimMembers(sessionClaims)};
    };
  }
}
`;
  return {
    text,
    counts: {
      apis: apis.length,
      scopes: apis.reduce((sum, { scopes }) => sum + scopes.length, 0),
      claims: claims.size,
      sessionClaims: sessionClaims.size,
    },
  };
}

function claimTypes(
  project: ProjectTypes,
  name: "claimsTemplate" | "sessionClaimsTemplate",
): ClaimTypes {
  const template = project[name];
  try {
    return template === null ? new Map() : claimTypesOf(template);
  } catch {
    throw new Failure(
      EXIT.REFUSED,
      `This version of countersign-typegen cannot read the project's ${name}.`,
    );
  }
}

const INDENT = "        ";

function claimMembers(types: ClaimTypes): string {
  return block(sorted(types).map(([name, type]) => `${stringLiteral(name)}?: ${type}`));
}

/** One scope a line, so that a change of one is a change of one line. */
function apiMember([identifier, scopes]: readonly [string, readonly string[]]): string {
  const name = stringLiteral(identifier);
  if (scopes.length === 0) return `${name}: never`;
  return [`${name}:`, ...scopes.map((scope) => `${INDENT}  | ${scope}`)].join("\n");
}

function block(members: readonly string[]): string {
  if (members.length === 0) return "{}";
  return `{\n${members.map((member) => `${INDENT}${member};\n`).join("")}      }`;
}

function sorted<T>(map: ReadonlyMap<string, T>): (readonly [string, T])[] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1));
}
