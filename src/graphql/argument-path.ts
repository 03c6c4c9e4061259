import type { GraphQLRequestListener } from "@apollo/server";
import {
  type ASTNode,
  BREAK,
  type DocumentNode,
  type GraphQLError,
  Kind,
  type OperationDefinitionNode,
  visit,
} from "graphql";
import type { RequestContext } from "../graphql-types/current-caller.js";
import { executedPart } from "./executed-part.js";

type Path = (string | number)[];
type DidEncounterErrors = NonNullable<GraphQLRequestListener<RequestContext>["didEncounterErrors"]>;

/**
 * Sets `extensions.path` of errors about values that graphql-js refuses. It starts at the argument, which a
 * variable may be a part of, and whose name the variable need not have.
 */
export const locateArguments: DidEncounterErrors = async ({ errors, document, operation }) => {
  if (!document) return;
  for (const error of errors) {
    const path = pathOf(error, document, operation);
    if (path) error.extensions["path"] = path;
  }
};

function pathOf(
  { message, nodes }: GraphQLError,
  document: DocumentNode,
  operation: OperationDefinitionNode | undefined,
): Path | undefined {
  const [node, ...others] = nodes ?? [];
  // Errors of resolvers are about fields.
  if (!node || node.kind === Kind.FIELD || others.length > 0) return undefined;
  if (node.kind !== Kind.VARIABLE_DEFINITION) {
    return argumentPath(document, (value) => value === node);
  }
  const { value: variable } = node.variable.name;
  const path = argumentPath(
    operation ? executedPart(document, operation) : document,
    (value) => value.kind === Kind.VARIABLE && value.name.value === variable,
  );
  return path && [...path, ...pathInVariable(message, variable)];
}

/** Finds a value in the document. @returns undefined if it is not part of an argument */
function argumentPath(document: DocumentNode, isSought: (node: ASTNode) => boolean) {
  let path: Path | undefined;
  visit(document, {
    enter(node, _key, parent, _path, ancestors) {
      if (!isSought(node)) return undefined;
      path = stepsFromArgument([...ancestors, ...(parent ? [parent] : []), node]);
      return path && BREAK;
    },
  });
  return path;
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
