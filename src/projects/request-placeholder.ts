import { protocolParameter } from "../shared/parameter-names.js";
import { TemplateProblem } from "./claims-template-error.js";
import { namesRights } from "./reserved-claims.js";

/** Begins placeholders for parameters of the token request. */
export const REQUEST = "request";

/** The parameters of a token request by their names; undefined: the request has none of that name. */
export type RequestParameters = (name: string) => string | undefined;

export const NO_REQUEST_PARAMETERS: RequestParameters = () => undefined;

const MAX_NAME_LENGTH = 64;
const NAME = new RegExp(`^[a-z\\d][\\w.:/-]{0,${MAX_NAME_LENGTH - 1}}$`, "i");
const NAME_RULE = `The name of a request parameter begins with a letter or digit and has at most ${MAX_NAME_LENGTH} letters, digits, _ and -, in brackets also . : and /`;

/** @returns why no template can name the parameter; null: one can */
export function requestParameterProblem(name: string): string | null {
  if (!NAME.test(name)) return NAME_RULE;
  const protocol = protocolParameter(name);
  return protocol === undefined
    ? null
    : `${protocol} is a parameter of the protocol, which cannot become a claim: choose another name`;
}

/**
 * Parses the path of a placeholder for a parameter of the token request. Its value is the client's own word, so it
 * must neither stand in for what the operator has left open nor give rights.
 * @param path begins with `request`
 * @param fallsBackFrom whether the placeholder prefers another value that is no request parameter
 * @param names of the claim and the members of it that contain the placeholder
 * @returns the parameter's name
 * @throws TemplateProblem
 */
export function parseRequestPath(
  path: readonly string[],
  start: number,
  fallsBackFrom: boolean,
  names: readonly string[],
): string {
  const [, name = "", ...rest] = path;
  if (rest.length > 0) {
    throw new TemplateProblem(
      "A request parameter is a text with nothing below it",
      start,
      'A name that contains a dot is written in brackets, such as {{ request["a.b"] }}',
    );
  }
  const problem = requestParameterProblem(name);
  if (problem !== null) throw new TemplateProblem(problem, start);
  if (fallsBackFrom) {
    throw new TemplateProblem(
      "A request parameter must not follow another value: the client could speak where that value is missing",
      start,
      "Give it a claim of its own",
    );
  }
  if (names.some(namesRights)) {
    throw new TemplateProblem(
      "Programs read this claim as rights, which a client must not choose for itself",
      start,
      "Take them from client.trusted_metadata, or give the request parameter another claim",
    );
  }
  return name;
}
