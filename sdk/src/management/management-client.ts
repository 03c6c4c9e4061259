import { createCaller, type RequestOptions } from "./caller.js";
import type { CountersignError } from "./countersign-error.js";
import { authorization, type ManagementCredentials } from "./credentials.js";
import { graphqlEndpoint } from "./endpoint.js";
import { OPERATIONS } from "./generated/operations.js";
import type { ClientFieldsFragment } from "./generated/types.js";
import type { OperationMethods } from "./methods.js";
import type { MutationName, QueryName } from "./operations.js";
import { type Item, items, type ListName, type ListVariables, type PagesOptions } from "./pages.js";
import { type RotateOptions, rotate } from "./rotate.js";
import type { TypedDocument } from "./typed-document.js";

export type ManagementClientOptions = ManagementCredentials & {
  /** The server's `PUBLIC_URL`, such as `https://auth.example.com`. */
  url: string;
  /** How long an attempt may last. Default: 30. */
  timeoutSeconds?: number | undefined;
  /** How often a call is repeated at most. Default: 3. */
  retries?: number | undefined;
  /** Whether the URL may be http beyond this machine. Default: false. */
  allowInsecureHttp?: boolean | undefined;
  /** Default: `globalThis.fetch` at the time of the call. */
  fetch?: typeof fetch | undefined;
};

export interface ManagementClient extends OperationMethods {
  /**
   * All items of a list, page by page.
   *
   * @example
   * for await (const client of management.pages("clients", { filter: { neverUsed: true } })) {
   *   console.log(client.clientId);
   * }
   */
  pages<L extends ListName>(
    list: L,
    ...rest: Record<never, never> extends ListVariables<L>
      ? [variables?: ListVariables<L>, options?: PagesOptions]
      : [variables: ListVariables<L>, options?: PagesOptions]
  ): AsyncGenerator<Item<L>, void, undefined>;

  /**
   * Replaces a client's secret without an outage: makes the next one, waits until `distribute` has handed it out, and
   * ends the former one.
   * @returns the client with its new current secret
   * @throws RotationFailed which tells what state the client is left in, and the next call
   *
   * @example
   * declare function writeSecret(name: string, value: string): Promise<void>;
   * await management.rotate("client-1", {
   *   distribute: (nextSecret) => writeSecret("billing/client-secret", nextSecret),
   * });
   */
  rotate(clientId: string, options: RotateOptions): Promise<ClientFieldsFragment>;

  /**
   * Sends a document of your own. A mutation is sent once, unless it is `repeatable`.
   * @returns its data; with `partial: true` its data and errors
   * @throws CountersignError with `partial: true` only where there is no data; ServerUnreachable
   */
  request<Data = Record<string, unknown>, Variables extends object = Record<string, unknown>>(
    document: TypedDocument<Data, Variables>,
    variables?: Variables,
    options?: RequestOptions & { partial?: false | undefined },
  ): Promise<Data>;
  request<Data = Record<string, unknown>, Variables extends object = Record<string, unknown>>(
    document: TypedDocument<Data, Variables>,
    variables: Variables | undefined,
    options: RequestOptions & { partial: true },
  ): Promise<{ data: Data; errors: CountersignError[] }>;
}

/**
 * A client of the GraphQL API, with a method for each of its operations. It keeps no connection and no state. It shows
 * no credential when it is logged.
 * @throws TypeError for a URL or credentials that cannot be used
 *
 * @example
 * const management = createManagementClient({
 *   url: "https://auth.example.com",
 *   projectId: "project-live-1",
 *   secret: () => process.env.COUNTERSIGN_SECRET ?? "",
 * });
 * const { client, clientSecret } = await management.createClient({ name: "Billing", scopes: ["read:users"] });
 */
export function createManagementClient(options: ManagementClientOptions): ManagementClient {
  const { url, timeoutSeconds = 30, retries = 3, allowInsecureHttp, fetch } = options;
  const { query, mutate, request } = createCaller({
    endpoint: graphqlEndpoint(url, allowInsecureHttp),
    authorization: authorization(options),
    fetch,
    timeoutSeconds,
    retries,
  });

  const methods = Object.fromEntries(
    Object.entries(OPERATIONS).map(([operation, document]) => [
      operation,
      document.startsWith("mutation")
        ? mutate.bind(null, operation as MutationName)
        : query.bind(null, operation as QueryName),
    ]),
  ) as unknown as OperationMethods;

  const pages = (list: ListName, variables: object = {}, options: PagesOptions = {}) =>
    items((page) => query(list, { ...variables, ...page }, options), options.pageSize);

  return Object.freeze({
    ...methods,
    pages: pages as ManagementClient["pages"],
    rotate: (clientId: string, options: RotateOptions) => rotate(methods, clientId, options),
    request: (async (document, variables, options) => {
      const { data, errors } = await request(String(document), variables, options);
      return options?.partial ? { data, errors } : data;
    }) as ManagementClient["request"],
  });
}
