import { createParameterDecorator } from "type-graphql";
import type { Caller, RequestSource } from "../shared/caller.js";

/** What a GraphQL request brings to its resolvers. */
export interface RequestContext {
  source: RequestSource;
  /** Authenticates on first use; throws UNAUTHENTICATED. */
  authenticate(): Promise<Caller>;
  /** Whether the request carries a management key at all. */
  hasCredentials: boolean;
}

/** The authenticated caller of an operation that states a permission. */
export function CurrentCaller() {
  return createParameterDecorator<RequestContext>(({ context }) => context.authenticate());
}

/** The caller of an operation with its own credentials: null when no management key came along. */
export function OptionalCaller() {
  return createParameterDecorator<RequestContext>(({ context }) =>
    context.hasCredentials ? context.authenticate() : null,
  );
}

export function CurrentRequestSource() {
  return createParameterDecorator<RequestContext>(({ context }) => context.source);
}
