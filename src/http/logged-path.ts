const MAX_SEGMENTS = 20;
/** Ids of this server, and of projects that moved here, say where a request went. */
const KNOWN = /^(?:[a-z]+_[0-9A-Za-z]{22}|project-(?:live|test)(?:-[0-9a-f]+){5})$/;
/** What ends a path, also where somebody has encoded it, or has written a query without a question mark. */
const PATH = /^(?:(?!%(?:3f|23|3b|26))[^?#;&])*/i;
/** The value of a parameter that is in the path. */
const VALUE = /(=|%3d).*/is;
/** Whatever is long and has both letters and digits may be a secret that belongs elsewhere. */
const RANDOM = /^(?=.*[a-z])(?=.*\d).{20,}$/i;

/** The path of a URL for the log, without the query, which may hold a secret, and without what looks like one. */
export function loggedPath(url: string): string {
  const [path = ""] = PATH.exec(url) ?? [];
  return path.split("/").slice(0, MAX_SEGMENTS).map(loggedSegment).join("/");
}

function loggedSegment(segment: string): string {
  const shown = segment.replace(VALUE, "$1…");
  return RANDOM.test(shown) && !KNOWN.test(shown) ? "…" : shown;
}
