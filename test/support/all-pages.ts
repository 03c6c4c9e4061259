export interface Page<Node> {
  nodes: Node[];
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
  totalCount: number;
}

/** The nodes of all pages. Throws if a page has another total count than there are nodes. */
export async function allPages<Node>(
  fetchPage: (after: string | null) => Promise<Page<Node>>,
): Promise<Node[]> {
  const pages: Page<Node>[] = [];
  let after: string | null = null;
  do {
    const page: Page<Node> = await fetchPage(after);
    pages.push(page);
    after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
  } while (after !== null);
  const nodes = pages.flatMap((page) => page.nodes);
  const counts = pages.map(({ totalCount }) => totalCount);
  if (counts.some((count) => count !== nodes.length))
    throw new Error(`${nodes.length} nodes, but the total counts are ${counts.join(", ")}`);
  return nodes;
}
