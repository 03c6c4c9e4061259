import { createParameterDecorator } from "type-graphql";
import type { Caller, RequestSource } from "../shared/caller.js";

/** The context of a GraphQL request. */
export interface RequestContext {
  source: RequestSource;
  /** Authenticates on first use. @throws UNAUTHENTICATED */
  authenticate(): Promise<Caller>;
  /** Whether the request has an Authorization header. */
  hasCredentials: boolean;
}

/** Parameter decorator: the authenticated caller. */
export function CurrentCaller() {
  return createParameterDecorator<RequestContext>(({ context }) => context.authenticate());
}

/** Parameter decorator: the authenticated caller, or null if the request has no Authorization header. */
export function OptionalCaller() {
  return createParameterDecorator<RequestContext>(({ context }) =>
    context.hasCredentials ? context.authenticate() : null,
  );
}

/** Parameter decorator: the source of the request. */
export function CurrentRequestSource() {
  return createParameterDecorator<RequestContext>(({ context }) => context.source);
}
