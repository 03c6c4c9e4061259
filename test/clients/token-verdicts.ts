import { expect } from "@jest/globals";
import { type Command, run } from "../support/programs.js";
import type { Verification } from "./token-corpus.js";

/** A program that verifies tokens with a library as docs/resource-servers.md says. */
export interface Verifier {
  library: string;
  folder: string;
  command: Command;
  /** The `typ` that the library can ask for; absent: any. */
  checkedTypes?: readonly string[];
  /** Algorithms that it does not know. */
  unknownAlgorithms?: readonly string[];
}

type Verdicts = Record<string, Record<string, unknown>>;

const ACCEPTED = "accepted";
const REFUSED = "refused: ";

/** @param refusal null: none */
const verdict = (refusal: string | null | undefined) =>
  refusal === null ? ACCEPTED : REFUSED + refusal;

const titleOf = ({ typ, algorithm, audience }: Verification) => `${audience} ${typ} ${algorithm}`;

function tokensFor({ checkedTypes }: Verifier, verification: Verification) {
  const { valid, invalid, typ, ofAnotherType } = verification;
  const checksType = checkedTypes?.includes(typ) ?? true;
  return { valid, invalid: { ...invalid, ...(checksType && ofAnotherType) } };
}

const knownTo = ({ unknownAlgorithms = [] }: Verifier, verifications: readonly Verification[]) =>
  verifications.filter(({ algorithm }) => !unknownAlgorithms.includes(algorithm));

/** What the program says of each token, by verifier and title. */
export async function judge(verifier: Verifier, all: readonly Verification[]): Promise<Verdicts> {
  const verifications = knownTo(verifier, all).map((verification) => {
    const { valid, invalid } = tokensFor(verifier, verification);
    return { verification, tokens: { ...valid, ...invalid } };
  });
  const input = verifications.map(({ verification, tokens }) => {
    const { issuer, jwks, audience, typ, algorithm } = verification;
    return { issuer, jwks, audience, typ, algorithm, tokens: Object.values(tokens) };
  });
  const { code, output } = await run(verifier.command, verifier.folder, JSON.stringify(input));
  if (code !== 0) throw new Error(output);
  const refusals = JSON.parse(output) as (string | null)[][];
  return Object.fromEntries(
    verifications.map(({ verification, tokens }, index) => [
      titleOf(verification),
      Object.fromEntries(
        Object.keys(tokens).map((title, position) => [title, verdict(refusals[index]?.[position])]),
      ),
    ]),
  );
}

/** What it should say. */
export function expectedVerdicts(verifier: Verifier, all: readonly Verification[]): Verdicts {
  const each = (tokens: object, expected: unknown) =>
    Object.fromEntries(Object.keys(tokens).map((title) => [title, expected]));
  const refused = expect.stringMatching(`^${REFUSED}.`);
  return Object.fromEntries(
    knownTo(verifier, all).map((verification) => {
      const { valid, invalid } = tokensFor(verifier, verification);
      return [titleOf(verification), { ...each(valid, ACCEPTED), ...each(invalid, refused) }];
    }),
  );
}
