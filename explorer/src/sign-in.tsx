import { type FormEvent, useState } from "react";
import { type Session, signIn } from "./session";

const SANDBOX = "https://studio.apollographql.com/sandbox/explorer";
const HAS_SANDBOX = document.documentElement.dataset["hostedSandbox"] === "true";

interface Props {
  session: Session | null;
  onChange(session: Session): void;
}

/** The bar at the top: the form of the management key, or whose it is. */
export function SignIn({ session, onChange }: Props) {
  return (
    <header className="bar">
      <strong className="brand">Countersign</strong>
      {session ? (
        <SignedIn session={session} onSignOut={forgetEverything} />
      ) : (
        <Form onChange={onChange} />
      )}
      {HAS_SANDBOX && (
        <a className="sandbox" href={sandboxUrl()} target="_blank" rel="noreferrer">
          Apollo Sandbox ↗
        </a>
      )}
    </header>
  );
}

/** Tabs, history and answers hold secrets too, and the next project knows nothing of this one's clients. */
const forgetEverything = () => location.reload();

function sandboxUrl(): string {
  const endpoint = new URL(location.pathname, location.href).href;
  return `${SANDBOX}?${new URLSearchParams({ endpoint })}`;
}

function SignedIn({ session, onSignOut }: { session: Session; onSignOut(): void }) {
  return (
    <div className="who">
      <span role="status">
        Signed in to <b>{session.name}</b>
        {session.environment && <small>{session.environment}</small>}
      </span>
      <button type="button" onClick={onSignOut}>
        Sign out
      </button>
    </div>
  );
}

function Form({ onChange }: Pick<Props, "onChange">) {
  const [problem, setProblem] = useState<string | null>(null);
  const [isBusy, setIsBusy] = useState(false);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    setIsBusy(true);
    setProblem(null);
    try {
      onChange(await signIn(String(form.get("project")).trim(), String(form.get("secret")).trim()));
    } catch (error) {
      setProblem((error as Error).message);
      setIsBusy(false);
    }
  }

  return (
    <form className="sign-in" autoComplete="off" onSubmit={submit}>
      <input
        id="project-id"
        name="project"
        aria-label="Project id"
        placeholder="Project id"
        autoComplete="off"
        spellCheck={false}
        required
      />
      <input
        type="password"
        name="secret"
        aria-label="Management secret"
        placeholder="Management secret"
        autoComplete="off"
        required
      />
      <button type="submit" disabled={isBusy}>
        Sign in
      </button>
      <span className="hint" role={problem ? "alert" : undefined}>
        {problem ?? "npm start printed both. They stay in this page until it is reloaded."}
      </span>
    </form>
  );
}
