/** An allowed origin of tests. */
export const APP = "https://app.example.com";

/** Origins that are not `APP`, though some look like it. */
export const NOT_APP = [
  "https://attacker.example.com",
  `${APP}.attacker.test`,
  `${APP}:8443`,
  `${APP}/`,
  "http://app.example.com",
  "https://APP.example.com",
  "null",
  "*",
];

/** Asks as a browser does before a page of another origin sends JSON with credentials. */
export function sendPreflight(url: URL | string, origin: string, method = "POST") {
  return fetch(url, {
    method: "OPTIONS",
    headers: {
      origin,
      "access-control-request-method": method,
      "access-control-request-headers": "authorization,content-type",
    },
  });
}

export function corsHeaders({ headers }: { headers: Headers }) {
  return Object.fromEntries([...headers].filter(([name]) => name.startsWith("access-control-")));
}
