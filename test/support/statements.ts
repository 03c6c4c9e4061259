import { context, SpanKind, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import {
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
  TracerProvider,
} from "@opentelemetry/sdk-trace";
import { waitUntil } from "./wait-until.js";

/** Records the statements of the servers that start from now on, as their spans show them. */
export function recordStatements() {
  const exporter = new InMemorySpanExporter();
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  const spanProcessors = [new SimpleSpanProcessor({ exporter })];
  trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors }));
  return {
    /** The statements of the only request of `work`, such as `INSERT sessions`, in their order. */
    async of(work: () => Promise<unknown>): Promise<string[]> {
      exporter.reset();
      await work();
      await waitUntil(() => exporter.getFinishedSpans().some(isRequest));
      return exporter
        .getFinishedSpans()
        .filter(({ attributes }) => "db.query.summary" in attributes)
        .sort((a, b) => nanoseconds(a) - nanoseconds(b))
        .map(({ name }) => name);
    },
    stop() {
      trace.disable();
      context.disable();
    },
  };
}

const isRequest = ({ kind }: ReadableSpan) => kind === SpanKind.SERVER;

const nanoseconds = ({ startTime: [seconds, fraction] }: ReadableSpan) =>
  (seconds % 1_000_000) * 1e9 + fraction;
