import type { Authenticated } from "../http/authorize.js";
import type { Scope } from "../register.js";
import { assertScopeList } from "../shared/scope-list.js";
import { coversScopes } from "../verify/scopes.js";
import type { AccessTokenContext } from "./require-access-token.js";
import { fieldError } from "./token-errors.js";

/**
 * Resolves a field for access tokens that have all of these scopes. For others the field is an error with the code
 * FORBIDDEN, or UNAUTHENTICATED without any token, and other fields are answered.
 *
 * @example
 * const resolvers = {
 *   Query: {
 *     orders: requireScopes(["orders:read"], (_parent, _args, { accessToken }) => [
 *       { client: accessToken.clientId },
 *     ]),
 *   },
 * };
 *
 * @throws TypeError for scopes that are no list of words
 */
export function requireScopes<Parent, Args, Context extends Authenticated, Info, Result>(
  scopes: readonly Scope[],
  resolve: (
    parent: Parent,
    args: Args,
    context: Context & AccessTokenContext,
    info: Info,
  ) => Result,
): (parent: Parent, args: Args, context: Context, info: Info) => Result {
  assertScopeList(scopes);
  const need = scopes.length > 0 ? `with the scopes ${scopes.join(" ")}` : "of any scopes";
  const message = `The field needs an access token ${need}`;
  return (parent, args, context, info) => {
    const { accessToken, memberSession } = context;
    if (!accessToken && !memberSession) throw fieldError("UNAUTHENTICATED", message);
    if (!accessToken || !coversScopes(accessToken.scopes, scopes)) {
      throw fieldError("FORBIDDEN", message);
    }
    return resolve(parent, args, context as Context & AccessTokenContext, info);
  };
}
