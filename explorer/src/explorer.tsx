import { DOC_EXPLORER_PLUGIN } from "@graphiql/plugin-doc-explorer";
import { HISTORY_PLUGIN } from "@graphiql/plugin-history";
import type { Fetcher } from "@graphiql/toolkit";
import { GraphiQL } from "graphiql";
import { useCallback, useRef, useState } from "react";
import { type Answer, errorText, send } from "./api";
import { memoryStorage } from "./memory-storage";
import type { Session } from "./session";
import { SignIn } from "./sign-in";
import { type Answers, remember, STEPS } from "./steps";
import { StepsBar } from "./steps-bar";

/** How the last operation ended. */
export interface Outcome {
  operationName: string | null;
  error: string | null;
}

const STORAGE = memoryStorage();
const FIRST = STEPS[0];
const FIRST_TAB = {
  query: FIRST?.document ?? "",
  variables: JSON.stringify({ input: FIRST?.input({}) }, null, 2),
};
/** Beside the editors there is no room for more in a narrow window. */
const SHOWS_DOCS = matchMedia("(min-width: 900px)").matches;

/** The docs list types in the order of the answer. */
function sorted(introspection: Answer): Answer {
  const { types } = (introspection.data?.["__schema"] ?? {}) as { types?: { name: string }[] };
  types?.sort((one, other) => one.name.localeCompare(other.name));
  return introspection;
}

/** The whole page: who is signed in, the ready-made operations, and GraphiQL. */
export function Explorer() {
  const [session, setSession] = useState<Session | null>(null);
  const [answers, setAnswers] = useState<Answers>({});
  const [done, setDone] = useState<ReadonlySet<string>>(new Set());
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const [stepsPlace, setStepsPlace] = useState<HTMLElement | null>(null);
  // GraphiQL keeps the first fetcher that it gets while a request runs.
  const authorization = useRef<string | null>(null);
  authorization.current = session?.authorization ?? null;

  const keep = useCallback((operationName: string | null, { data }: Answer) => {
    if (!STEPS.some(({ name }) => name === operationName)) return;
    setAnswers((before) => remember(before, data ?? null));
    setDone((before) => new Set([...before, operationName ?? ""]));
  }, []);
  const forget = useCallback(() => setOutcome(null), []);
  const fetcher: Fetcher = useCallback(
    async (operation, options) => {
      const signedIn = authorization.current ? { authorization: authorization.current } : {};
      const given = Object.entries(options?.headers ?? {}).map(([name, value]) => [
        name.toLowerCase(),
        String(value),
      ]);
      const headers = { ...signedIn, ...Object.fromEntries(given) };
      const { operationName = null } = operation;
      if (operationName === "IntrospectionQuery") return sorted(await send(operation, headers));
      try {
        const answer = await send(operation, headers);
        const error = errorText(answer);
        if (!error) keep(operationName, answer);
        setOutcome({ operationName, error });
        return answer;
      } catch (problem) {
        const error = (problem as Error).message;
        setOutcome({ operationName, error });
        return { errors: [{ message: error }] };
      }
    },
    [keep],
  );

  return (
    <>
      <SignIn session={session} onChange={setSession} />
      <section className="steps" aria-label="Ready-made operations" ref={setStepsPlace} />
      <GraphiQL
        fetcher={fetcher}
        storage={STORAGE}
        defaultTabs={[FIRST_TAB]}
        defaultEditorToolsVisibility="variables"
        initialVariables={FIRST_TAB.variables}
        inputValueDeprecation
        schemaDescription
        plugins={[HISTORY_PLUGIN]}
        visiblePlugin={SHOWS_DOCS ? DOC_EXPLORER_PLUGIN : undefined}
        showPersistHeadersSettings={false}
      >
        <GraphiQL.Logo>
          <span />
        </GraphiQL.Logo>
        <StepsBar
          place={stepsPlace}
          answers={answers}
          done={done}
          outcome={outcome}
          isSignedIn={session !== null}
          onTabChange={forget}
        />
      </GraphiQL>
    </>
  );
}
