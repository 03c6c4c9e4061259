import type { GraphQLRequestListener } from "@apollo/server";
import { type ASTNode, BREAK, type DocumentNode, type GraphQLError, Kind, visit } from "graphql";
import type { RequestContext } from "../graphql-types/current-caller.js";
import { executedPart } from "./executed-part.js";
import { refusalOfScalar } from "./scalar-refusal.js";

type Path = (string | number)[];
type DidEncounterErrors = NonNullable<GraphQLRequestListener<RequestContext>["didEncounterErrors"]>;

/**
 * Sets `extensions.path` of errors about values that graphql-js refuses. It starts at the argument, which a
 * variable may be a part of, and whose name the variable need not have.
 */
export const locateArguments: DidEncounterErrors = async ({ errors, document, operation }) => {
  if (!document) return;
  const values = new Map<ASTNode, GraphQLError[]>();
  const variables = new Map<string, GraphQLError[]>();
  for (const error of errors) {
    const node = nodeOf(error);
    // Errors of resolvers are about fields.
    if (!node || node.kind === Kind.FIELD) continue;
    if (node.kind === Kind.VARIABLE_DEFINITION) append(variables, node.variable.name.value, error);
    else append(values, node, error);
  }
  for (const [node, path] of argumentPaths(document, values, (node) => node)) {
    for (const error of values.get(node) ?? []) {
      error.extensions["path"] = [...path, ...pathInScalar(error)];
    }
  }
  const executed = operation ? executedPart(document, operation) : document;
  for (const [name, path] of argumentPaths(executed, variables, nameOfVariable)) {
    for (const error of variables.get(name) ?? []) {
      const inVariable = pathInVariable(error.message, name);
      error.extensions["path"] = [...path, ...inVariable, ...pathInScalar(error)];
    }
  }
};

/** What the error is about; of several equal names the last one. */
function nodeOf({ nodes = [] }: GraphQLError): ASTNode | undefined {
  const isAboutNames = nodes.every(({ kind }) => kind === Kind.NAME);
  return nodes.length === 1 || isAboutNames ? nodes.at(-1) : undefined;
}

/** Where in its value a scalar has found the problem. */
function pathInScalar(error: GraphQLError): Path {
  return [...(refusalOfScalar(error)?.details.path ?? [])];
}

function append<Key>(errors: Map<Key, GraphQLError[]>, key: Key, error: GraphQLError): void {
  errors.set(key, [...(errors.get(key) ?? []), error]);
}

function nameOfVariable(node: ASTNode): string | undefined {
  return node.kind === Kind.VARIABLE ? node.name.value : undefined;
}

/**
 * Finds values in the document, all of them in one visit.
 * @param keyOf what a node is sought by
 * @returns the paths by key, without values that are not part of an argument
 */
function argumentPaths<Key>(
  document: DocumentNode,
  sought: ReadonlyMap<Key, unknown>,
  keyOf: (node: ASTNode) => Key | undefined,
): ReadonlyMap<Key, Path> {
  const paths = new Map<Key, Path>();
  if (sought.size === 0) return paths;
  visit(document, {
    enter(node, _key, parent, _path, ancestors) {
      const key = keyOf(node);
      if (key === undefined || !sought.has(key) || paths.has(key)) return undefined;
      const path = stepsFromArgument([...ancestors, ...(parent ? [parent] : []), node]);
      if (path) paths.set(key, path);
      return paths.size === sought.size ? BREAK : undefined;
    },
  });
  return paths;
}

function stepsFromArgument(chain: readonly (ASTNode | readonly ASTNode[])[]): Path | undefined {
  const start = chain.findLastIndex((step) => "kind" in step && step.kind === Kind.ARGUMENT);
  if (start === -1) return undefined;
  return chain.slice(start).flatMap((step, index, steps): Path => {
    const [owner, child] = [steps[index - 1], steps[index + 1]];
    if (!("kind" in step)) {
      const isList = owner && "kind" in owner && owner.kind === Kind.LIST;
      return isList ? [step.indexOf(child as ASTNode)] : [];
    }
    const isNamed = step.kind === Kind.ARGUMENT || step.kind === Kind.OBJECT_FIELD;
    // An unknown argument or field ends the chain. Its name may be a secret that lacks quotes.
    return isNamed && child ? [step.name.value] : [];
  });
}

/**
 * Reads the path from a message of graphql-js:
 * `Variable "$input" got invalid value … at "input.scopes[0]"; …`.
 * graphql-js escapes quotes in the value, so the first match is the path.
 */
function pathInVariable(message: string, variable: string): Path {
  const steps = new RegExp(` at "${variable}((?:\\.\\w+|\\[\\d+\\])+)"; `).exec(message)?.[1] ?? "";
  const parts = [...steps.matchAll(/\.(\w+)|\[(\d+)\]/g)];
  return parts.map(([, name, index]) => name ?? Number(index));
}
