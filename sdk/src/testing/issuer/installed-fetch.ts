type Fetch = typeof globalThis.fetch;

/** Replacements of the global `fetch` that have ended, each with what it replaced. */
const ended = new WeakMap<Fetch, Fetch>();

/**
 * Replaces the global `fetch` for the URLs that are `own`.
 * @returns a function that takes the replacement back, whichever other ones have begun or ended since
 */
export function installFetch(fetch: Fetch, isOwn: (url: URL) => boolean): () => void {
  const { fetch: former } = globalThis;
  const installed: Fetch = async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input);
    return isOwn(url) && !ended.has(installed) ? fetch(input, init) : former(input, init);
  };
  globalThis.fetch = installed;
  return () => {
    ended.set(installed, former);
    let below = ended.get(globalThis.fetch);
    while (below) {
      globalThis.fetch = below;
      below = ended.get(below);
    }
  };
}
