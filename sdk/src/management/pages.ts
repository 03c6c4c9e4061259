import type { Operations } from "./generated/operations.js";
import type { CallOptions } from "./methods.js";
import type { Answer, QueryName } from "./operations.js";

/** A page of a list (Relay's connections). */
interface Page {
  nodes: readonly unknown[];
  pageInfo: { hasNextPage: boolean; endCursor?: string | null };
}

/** Queries that answer with pages. */
export type ListName = { [Q in QueryName]: Answer<Q> extends Page ? Q : never }[QueryName];

export type Item<L extends ListName> =
  Answer<L> extends { nodes: readonly (infer I)[] } ? I : never;

/** The variables of a list but for those of its pages: `filter`, `orderBy`, `owner`. */
export type ListVariables<L extends ListName> = Omit<
  Operations[L]["variables"],
  "first" | "after" | "last" | "before"
>;

export interface PagesOptions extends CallOptions {
  /** 1 to 200. Default: 200. */
  pageSize?: number;
}

/** The largest that the server allows. */
const MAX_PAGE_SIZE = 200;

/**
 * The items of all pages in their order. A page is requested once its first item is.
 * @throws Error for a page that leads to no other although it says that there is one
 */
export async function* items(
  fetchPage: (variables: { first: number; after: string | null }) => Promise<unknown>,
  pageSize = MAX_PAGE_SIZE,
): AsyncGenerator<unknown, void, undefined> {
  let after: string | null = null;
  for (;;) {
    const { nodes, pageInfo } = (await fetchPage({ first: pageSize, after })) as Page;
    yield* nodes;
    if (!pageInfo.hasNextPage) return;
    const { endCursor } = pageInfo;
    if (!endCursor || endCursor === after) throw new Error("The server's pages do not end");
    after = endCursor;
  }
}
