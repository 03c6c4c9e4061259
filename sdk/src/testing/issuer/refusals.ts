import { CountersignError } from "../../../../src/shared/errors.js";
import { SetupRefused } from "../setup-refused.js";

/** Runs rules of the server, whose error tells users of this package where their own input is wrong. */
export function refusing<Result>(run: () => Result): Result {
  try {
    return run();
  } catch (error) {
    throw toSetupRefused(error);
  }
}

export function toSetupRefused(error: unknown): unknown {
  if (!(error instanceof CountersignError)) return error;
  const [first, ...rest] = error.details.path ?? [];
  const path = first === "input" ? rest : first === undefined ? [] : [first, ...rest];
  return new SetupRefused(error.code, error.message, path);
}
