/** Values that a reader has seen so far: the last of each form, and the last of each name. */
export class KnownValues {
  readonly #byPrefix = new Map<string, string>();
  readonly #byName = new Map<string, unknown>();

  /** Ids and secrets that Countersign generates, JWTs, and the fields of JSON. */
  learnFrom(output: string): void {
    for (const word of output.split(/[\s"'`=,:&]+/)) {
      const [, prefix] = /^([a-z]+(?:_[a-z]+)*)_[0-9A-Za-z]{16,}$/.exec(word) ?? [];
      if (prefix) this.#byPrefix.set(prefix, word);
      if (/^eyJ[\w-]+\.[\w-]+\.[\w-]*$/.test(word)) this.#byPrefix.set("eyJ", word);
    }
    for (const answer of jsonIn(output)) this.#learnNames(answer);
  }

  set(name: string, value: unknown): void {
    this.#byName.set(name, value);
  }

  /** The value of the last field of this name. */
  get(name: string): unknown {
    return this.#byName.get(name);
  }

  /** The text of the last field of this name. */
  text(name: string): string {
    const value = this.get(name);
    if (typeof value === "string") return value;
    throw new Error(`No earlier answer of the page has a text named ${name}.`);
  }

  /** Replaces `client_…` by the last client id, `eyJ…` by the last JWT, and so on. */
  fill(text: string): string {
    return text.replace(/\b([a-z_]+_|eyJ)…/g, (placeholder, form: string) => {
      return this.#byPrefix.get(form.replace(/_$/, "")) ?? placeholder;
    });
  }

  #learnNames(value: unknown): void {
    if (typeof value !== "object" || value === null) return;
    for (const [name, field] of Object.entries(value)) {
      if (!Array.isArray(value)) this.set(name, field);
      this.#learnNames(field);
    }
  }
}

/** Fails if a placeholder is left in code. */
export function assertFilled(code: string): void {
  const [left] = /\S*…\S*|<[a-z][^<>\n]*>/.exec(withoutComments(code)) ?? [];
  if (!left) return;
  throw new Error(
    `Nothing fills ${left}. Let an earlier block of the page show the value, or say in test/docs/pages.ts where it comes from.`,
  );
}

const withoutComments = (code: string) => code.replace(/(^|\s)#.*$/gm, "$1");

/** The objects in a program's output: the output as a whole, or lines of it. */
export function jsonIn(output: string): object[] {
  const whole = objectIn(output);
  return whole ? [whole] : output.split("\n").flatMap((line) => objectIn(line) ?? []);
}

function objectIn(text: string): object | null {
  if (!text.trimStart().startsWith("{")) return null;
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
