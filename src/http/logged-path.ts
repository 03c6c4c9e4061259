const MAX_SEGMENTS = 20;
/** Ids of this server, and names of routes, say where a request went. */
const KNOWN = /^(?:project|client|api|key)[_-]/;
/** Whatever is long and has both letters and digits may be a secret that belongs elsewhere. */
const RANDOM = /^(?=.*[a-z])(?=.*\d).{20,}$/i;

/** The path of a URL for the log, without the query, which may hold a secret, and without what looks like one. */
export function loggedPath(url: string): string {
  const [path = ""] = /^[^?#;]*/.exec(url) ?? [];
  const segments = path.split("/").slice(0, MAX_SEGMENTS);
  return segments
    .map((segment) => (RANDOM.test(segment) && !KNOWN.test(segment) ? "…" : segment))
    .join("/");
}
