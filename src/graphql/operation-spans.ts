import { trace } from "@opentelemetry/api";
import type { RouteHandlerMethod } from "fastify";
import { Kind, type OperationDefinitionNode } from "graphql";
import { failSpan, inSpan, isTraced } from "../shared/tracing.js";

/** Makes each GraphQL request a span. What it does is known once its document is valid. */
export function tracedOperation(handler: RouteHandlerMethod): RouteHandlerMethod {
  if (!isTraced()) return handler;
  return function (request, reply) {
    return inSpan("GraphQL Operation", {}, async () => handler.call(this, request, reply));
  };
}

/**
 * Names the span by OpenTelemetry's conventions for GraphQL, with the root fields. They are names of the schema, whereas
 * the operation's own name and its aliases are the caller's text.
 */
export function describeOperation(operation: OperationDefinitionNode): void {
  const span = trace.getActiveSpan();
  if (!span?.isRecording()) return;
  const fields = operation.selectionSet.selections.flatMap((selection) =>
    selection.kind === Kind.FIELD ? selection.name.value : [],
  );
  span
    .updateName(operation.operation)
    .setAttribute("graphql.operation.type", operation.operation)
    .setAttribute("countersign.graphql.root_fields", [...new Set(fields)]);
}

/** The last error counts. */
export function failOperation(code: unknown): void {
  const span = trace.getActiveSpan();
  if (span?.isRecording()) failSpan(span, String(code));
}
