import {
  type Attributes,
  type ProxyTracerProvider,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from "@opentelemetry/api";
import { transientErrorCode } from "../persistence/database-errors.js";
import { CountersignError } from "./errors.js";
import { VERSION } from "./version.js";

const NAME = "countersign";

/** Gets the operator's SDK, whichever copy of the API it has registered itself with. */
export const tracer = () => trace.getTracer(NAME, VERSION);

/** Whether the operator has brought an SDK. It is registered before this program starts. */
export function isTraced(): boolean {
  return proxy().getDelegateTracer?.(NAME) !== undefined;
}

/**
 * Runs `work` in a span of the current trace (ADR 0043). Outside a trace it only runs `work`.
 * @param attributes nothing that a caller chooses, and no secret
 */
export function inSpan<T>(
  name: string,
  attributes: Attributes,
  work: () => Promise<T>,
  kind = SpanKind.INTERNAL,
): Promise<T> {
  if (!trace.getActiveSpan()?.isRecording()) return work();
  return tracer().startActiveSpan(name, { kind, attributes }, async (span) => {
    try {
      return await work();
    } catch (error) {
      failSpan(span, errorType(error));
      throw error;
    } finally {
      span.end();
    }
  });
}

/** Messages of errors may contain values, so a span has only the code. */
export function failSpan(span: Span, code: string): void {
  span.setAttribute("error.type", code).setStatus({ code: SpanStatusCode.ERROR, message: code });
}

/** For what the protocol does not count as an error of the server, such as a refusal. */
export function noteErrorType(code: string): void {
  trace.getActiveSpan()?.setAttribute("error.type", code);
}

/** The stable code of an error, or its class if it is unexpected. */
export function errorType(error: unknown): string {
  if (error instanceof CountersignError) return error.code;
  if (transientErrorCode(error) !== null) return "SERVICE_UNAVAILABLE";
  return error instanceof Error ? error.name : "_OTHER";
}

/** For log lines: empty outside a trace. */
export function traceFields(): { trace_id?: string; span_id?: string } {
  const spanContext = trace.getActiveSpan()?.spanContext();
  return spanContext ? { trace_id: spanContext.traceId, span_id: spanContext.spanId } : {};
}

/** Sends the spans that the SDK still holds. */
export async function flushSpans(): Promise<void> {
  const provider = proxy().getDelegate?.() as { forceFlush?: () => Promise<void> } | undefined;
  // The operator's collector may be down.
  await provider?.forceFlush?.().catch(() => undefined);
}

const proxy = () => trace.getTracerProvider() as Partial<ProxyTracerProvider>;
