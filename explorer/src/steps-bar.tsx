import { useGraphiQL, useGraphiQLActions } from "@graphiql/react";
import { parse } from "graphql";
import { useEffect, useRef, useState } from "react";
import { createPortal } from "react-dom";
import type { Outcome } from "./explorer";
import { type Answers, missingAnswers, STEPS, type Step, variablesOf } from "./steps";

interface Props {
  /** Before GraphiQL, whose state the bar needs, so that Tab meets it first. */
  place: HTMLElement | null;
  answers: Answers;
  done: ReadonlySet<string>;
  outcome: Outcome | null;
  isSignedIn: boolean;
  onTabChange(): void;
}

/** The ready-made operations, one button that runs the next of them, and how the last one ended. */
export function StepsBar({ place, answers, done, outcome, isSignedIn, onTabChange }: Props) {
  const nextButton = useRef<HTMLButtonElement>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const { run } = useGraphiQLActions();
  const { tabId, shown, isReady, open } = useTabs();
  // A sign-in is what most problems are about.
  useEffect(() => {
    setProblem(null);
    if (isSignedIn) nextButton.current?.focus();
  }, [isSignedIn]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: it says when
  useEffect(() => onTabChange(), [tabId, onTabChange]);
  const next = STEPS.find(({ name }) => !done.has(name));

  const attempt = (action: () => Promise<void>) => {
    setProblem(null);
    action().catch(({ message }: Error) => setProblem(message));
  };
  const runNext = async (step: Step) => {
    if (!isSignedIn && !step.isPublic) {
      document.getElementById("project-id")?.focus();
      throw new Error("Sign in first: this operation needs a management secret.");
    }
    // What is open already runs as it stands.
    if (step.name !== shown) await open(step, await variablesOf(step, answers));
    run();
  };

  const shownStep = STEPS.find(({ name }) => name === shown);
  if (!place) return null;
  return createPortal(
    <>
      <button
        ref={nextButton}
        type="button"
        className="next"
        disabled={!isReady || !next}
        onClick={() => next && attempt(() => runNext(next))}
      >
        {next ? `Run ${STEPS.indexOf(next) + 1}. ${next.title}` : "All done"}
      </button>
      <ol>
        {STEPS.map((step, index) => (
          <li key={step.name}>
            <button
              type="button"
              aria-current={step.name === shown ? "step" : undefined}
              title={step.title}
              onClick={() => attempt(async () => open(step, await variablesOf(step, answers)))}
            >
              {done.has(step.name) ? <b>✓</b> : `${index + 1}.`} {step.label}
            </button>
          </li>
        ))}
      </ol>
      <Message
        outcome={outcome}
        problem={problem}
        step={shownStep}
        missing={shownStep ? missingAnswers(shownStep, answers) : []}
      />
    </>,
    place,
  );
}

interface MessageProps {
  outcome: Outcome | null;
  problem: string | null;
  step: Step | undefined;
  missing: readonly string[];
}

function Message({ outcome, problem, step, missing }: MessageProps) {
  const error = problem ?? outcome?.error;
  if (error) {
    return (
      <p className="message error" role="alert">
        {error}
      </p>
    );
  }
  return (
    <p className="message" role="status">
      {step && outcome && <b>✓ {step.name} </b>}
      {step?.explanation}
      {!outcome && missing.length > 0 && (
        <b> Run the operations before it first, or write your own {missing.join(" and ")}.</b>
      )}
    </p>
  );
}

/** Puts operations into GraphiQL's tabs, one each. */
function useTabs() {
  const tabs = useGraphiQL((state) => state.tabs);
  const activeTabIndex = useGraphiQL((state) => state.activeTabIndex);
  const queryEditor = useGraphiQL((state) => state.queryEditor);
  const variableEditor = useGraphiQL((state) => state.variableEditor);
  useEffect(() => {
    // Secrets and tokens are long.
    for (const editor of [queryEditor, variableEditor]) editor?.updateOptions({ wordWrap: "on" });
  }, [queryEditor, variableEditor]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the elements change with it
  useEffect(() => {
    for (const element of document.querySelectorAll(".graphiql-tab-active, [aria-current=step]")) {
      element.scrollIntoView({ block: "nearest", inline: "nearest" });
    }
  }, [activeTabIndex, tabs.length]);
  const { addTab, changeTab, updateActiveTabValues, setOperationFacts } = useGraphiQLActions();
  return {
    tabId: tabs[activeTabIndex]?.id,
    shown: tabs[activeTabIndex]?.operationName,
    isReady: Boolean(queryEditor && variableEditor),
    open: async ({ name, document }: Step, variables: string) => {
      const index = tabs.findIndex(({ operationName }) => operationName === name);
      if (index < 0) addTab();
      else if (index !== activeTabIndex) changeTab(index);
      const query = index < 0 ? document : (tabs[index]?.query ?? document);
      queryEditor?.setValue(query);
      variableEditor?.setValue(variables);
      updateActiveTabValues({ query, variables, operationName: name });
      // GraphiQL does so itself a moment later, too late for an operation that runs at once.
      const documentAST = parse(query);
      const operations = documentAST.definitions.filter(
        (each) => each.kind === "OperationDefinition",
      );
      setOperationFacts({ documentAST, operationName: name, operations });
    },
  };
}
