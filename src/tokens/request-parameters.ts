import { z } from "zod";
import {
  type RequestParameters,
  requestParameterProblem,
} from "../projects/request-placeholder.js";
import { badUserInput } from "../shared/errors.js";
import { isWellFormedText, NOT_WELL_FORMED } from "../shared/well-formed-text.js";

const MAX_REQUEST_PARAMETERS = 20;
const MAX_VALUE_LENGTH = 256;

/** A parameter of a token request, for the claims template. */
export interface RequestParameter {
  name: string;
  /** The client's own word. */
  value: string;
}

const parameterValue = z
  .string()
  .max(MAX_VALUE_LENGTH, `Must have at most ${MAX_VALUE_LENGTH} characters`)
  .refine(isWellFormedText, NOT_WELL_FORMED);

export const requestParameterList = z
  .array(
    z.object({
      name: z.string().superRefine((name, context) => {
        const message = requestParameterProblem(name);
        if (message !== null) context.addIssue({ code: "custom", message });
      }),
      value: parameterValue,
    }),
  )
  .max(MAX_REQUEST_PARAMETERS, `Must contain at most ${MAX_REQUEST_PARAMETERS} parameters`)
  .superRefine((parameters, context) => {
    const names = new Set<string>();
    const repeated = parameters.findIndex(({ name }) => names.size === names.add(name).size);
    if (repeated < 0) return;
    const path = [repeated, "name"];
    context.addIssue({ code: "custom", path, message: "Must not repeat the name of a parameter" });
  });

/** Finds parameters in a list that `requestParameterList` has accepted. An empty value counts as absent. */
export function listedParameters(
  parameters: readonly RequestParameter[] | null | undefined,
): RequestParameters {
  return (name) => parameters?.find((parameter) => parameter.name === name)?.value || undefined;
}

/**
 * Checks the parameters of a request when the claims template reads them, and no others (RFC 6749 section 3.2). An
 * empty value counts as absent.
 * @param read absent parameters are undefined
 * @returns a function that throws BAD_USER_INPUT, with the parameter's name as path
 */
export function checkedParameters(read: (name: string) => unknown): RequestParameters {
  return (name) => {
    const value = read(name);
    if (value === undefined || value === "") return undefined;
    const { data } = parameterValue.safeParse(value);
    if (data !== undefined) return data;
    throw badUserInput(
      [name],
      `${name} must be one string of at most ${MAX_VALUE_LENGTH} characters`,
    );
  };
}
