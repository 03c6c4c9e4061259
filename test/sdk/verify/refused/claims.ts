import type { Faults, Forge } from "./forge.js";

const REQUIRED = ["iss", "sub", "aud", "iat", "exp", "jti"];
const HOUR = 3600;

/** Claims that the issuer's own key has signed, with one fault each. */
export function wrongClaims(forge: Forge, projectId: string): Faults {
  return {
    ...missingClaims(forge),
    ...wrongTypes(forge),
    ...foreignIssuers(forge),
    ...foreignAudiences(forge, projectId),
    ...foreignSubjects(forge),
    ...wrongTimes(forge),
    ...payloadsOfAnotherForm(forge),
  };
}

function missingClaims({ forge }: Forge): Faults {
  return Object.fromEntries([
    ...REQUIRED.map((claim) => [`without ${claim}`, forge({ [claim]: undefined })]),
    ...REQUIRED.map((claim) => [`${claim} null`, forge({ [claim]: null })]),
    ["without claims", forge("{}")],
    ["without a client", forge({ client_id: undefined })],
    ["a client that is null", forge({ client_id: null })],
  ]);
}

function wrongTypes({ forge, claims }: Forge): Faults {
  const texts = [1, true, {}, []];
  const values: Record<string, readonly unknown[]> = {
    iss: [...texts, [claims.iss], { iss: claims.iss }],
    sub: [...texts, [claims.sub]],
    aud: [1, true, {}, [], [1], [[claims.aud]], { 0: claims.aud }, [null]],
    jti: [...texts, [claims.jti]],
    iat: [String(claims.iat), true, [], {}, [claims.iat]],
    exp: [String(claims.exp), true, [], {}, [claims.exp], "never", ""],
    nbf: ["0", true, [], {}, null],
    client_id: [...texts, [claims.sub]],
    scope: [...texts, null, ["read:invoices"]],
    cnf: [null, true, 1, "jkt", [], {}, { jkt: 1 }, { kid: "key" }, { jwk: {} }],
  };
  return Object.fromEntries(
    Object.entries(values).flatMap(([claim, wrong]) =>
      wrong.map((value) => [`${claim} ${JSON.stringify(value)}`, forge({ [claim]: value })]),
    ),
  );
}

function foreignIssuers({ forge, claims }: Forge): Faults {
  const issuer = String(claims.iss);
  const { protocol, hostname, port, pathname } = new URL(issuer);
  // With one slash more or less, the server accepts its own tokens: a project may have added or removed it.
  const issuers: Record<string, string> = {
    "with two slashes": `${issuer}//`,
    "in upper case": issuer.toUpperCase(),
    "with its host in upper case": issuer.replace(hostname, hostname.toUpperCase()),
    "at another port": issuer.replace(port, String(Number(port) + 1)),
    "without a port": issuer.replace(`:${port}`, ""),
    "with https": issuer.replace(protocol, "https:"),
    "at an address of the same host": issuer.replace(hostname, "127.0.0.1"),
    "with a space": `${issuer} `,
    "with a query": `${issuer}?`,
    "with a fragment": `${issuer}#`,
    "with a user": issuer.replace("//", "//attacker@"),
    "as a prefix": issuer.slice(0, -1),
    "without its path": issuer.replace(pathname, ""),
    "with an encoded path": issuer.replace("/projects", "/%70rojects"),
    "with a dot in its path": issuer.replace("/projects", "/./projects"),
    "of a subdomain": issuer.replace(hostname, `${hostname}.attacker.example.com`),
    "of a host with a dot at its end": issuer.replace(hostname, `${hostname}.`),
    empty: "",
  };
  return Object.fromEntries(
    Object.entries(issuers).map(([title, iss]) => [`the issuer ${title}`, forge({ iss })]),
  );
}

function foreignAudiences({ forge, claims }: Forge, projectId: string): Faults {
  const audience = [claims.aud].flat()[0] as string;
  const audiences: Record<string, string | string[]> = {
    "of the project": [projectId],
    "of the project as a text": projectId,
    "of sessions": `${claims.iss}/sessions`,
    "of the issuer": String(claims.iss),
    "of the token endpoint": `${claims.iss}/oauth/token`,
    "with a slash": `${audience}/`,
    "in upper case": audience.toUpperCase(),
    "as a prefix": audience.slice(0, -1),
    "with more behind it": `${audience}/admin`,
    "with a query": `${audience}?`,
    "with a space": `${audience} `,
    "of two in one text": `${audience} https://other.example.com`,
    "with a comma": `${audience},https://other.example.com`,
    "with http": audience.replace("https:", "http:"),
    "with a pattern": "https://api.example.com/*",
    "of any": "*",
    empty: "",
    "in a list of others": ["https://other.example.com", `${audience}/`],
    "of a list in a text": JSON.stringify([audience]),
  };
  return Object.fromEntries(
    Object.entries(audiences).map(([title, aud]) => [`the audience ${title}`, forge({ aud })]),
  );
}

function foreignSubjects({ forge, claims }: Forge): Faults {
  const { sub } = claims;
  const subjects = [
    `${sub}@client`,
    `${sub}@clients@clients`,
    `${sub} `,
    "@clients",
    "",
    "member-1",
  ];
  return {
    ...Object.fromEntries(
      subjects.map((value) => [
        `sub ${value.replace(String(sub), "{client}")}.`,
        forge({ sub: value }),
      ]),
    ),
    "another client": forge({ client_id: "client_of_somebody_else" }),
    "another client in azp": forge({ client_id: undefined, azp: "client_of_somebody_else" }),
    "an empty client": forge({ client_id: "", sub: "@clients " }),
  };
}

function wrongTimes({ forge, claims }: Forge): Faults {
  const now = Number(claims.iat);
  return {
    "expired an hour ago": forge({ exp: now - HOUR }),
    "expired a second ago": forge({ exp: now - 1 }),
    "that expires now": forge({ exp: now }),
    "expired a part of a second ago": forge({ exp: now - 0.5 }),
    "that expired in 1970": forge({ exp: 0 }),
    "that expired before 1970": forge({ exp: -now }),
    "valid in an hour": forge({ nbf: now + HOUR }),
    "valid in milliseconds": forge({ nbf: now * 1000 }),
    "issued in an hour": forge({ iat: now + HOUR, exp: now + 2 * HOUR }),
    "issued in milliseconds": forge({ iat: now * 1000, exp: now * 2000 }),
    "issued after it expires": forge({ iat: now + HOUR, exp: now + HOUR - 1 }),
  };
}

function payloadsOfAnotherForm({ forge, claims }: Forge): Faults {
  const json = JSON.stringify(claims);
  const withLast = (member: string) => `${json.slice(0, -1)},${member}}`;
  return {
    "claims in a list": forge(`[${json}]`),
    "claims as a text": forge(JSON.stringify(json)),
    "claims as a number": forge("1"),
    "claims as null": forge("null"),
    "claims that are no JSON": forge("claims"),
    "claims with something behind them": forge(`${json}x`),
    "claims twice": forge(json + json),
    "claims with a comment": forge(`/* */${json}`),
    "claims in single quotes": forge(json.replaceAll('"', "'")),
    "claims with a comma at their end": forge(`${json.slice(0, -1)},}`),
    "two audiences, the last of which is another": forge(
      withLast('"aud":"https://other.example.com"'),
    ),
    "two issuers, the last of which is another": forge(
      withLast('"iss":"https://other.example.com"'),
    ),
    "two ends, the last of which has passed": forge(withLast('"exp":1')),
    "two clients, the last of which is another": forge(withLast('"client_id":"other"')),
    "an encoded name of a claim": forge(withLast('"e\\u0078p":1')),
  };
}
