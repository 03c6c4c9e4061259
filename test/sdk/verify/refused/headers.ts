import { encode, type Faults, type Forge } from "./forge.js";

/** What a header claims about its key, its type and what must be understood (RFC 8725 sections 3.10 and 3.11). */
export function forgedHeaders(forge: Forge, otherProjectsKid: string): Faults {
  return {
    ...keyIds(forge, otherProjectsKid),
    ...embeddedKeys(forge),
    ...extensions(forge),
    ...types(forge),
  };
}

function keyIds({ forge, header, attackersKey }: Forge, otherProjectsKid: string): Faults {
  const ids: Record<string, unknown> = {
    missing: undefined,
    unknown: "unknown",
    empty: "",
    "a path": "../../../../dev/null",
    "an absolute path": "/etc/passwd",
    "a file's URL": "file:///etc/passwd",
    "an attacker's URL": "https://attacker.example.com/key.pem",
    SQL: "' UNION SELECT 'secret' --",
    "a command": "$(id)",
    "another project's": otherProjectsKid,
    "in upper case": String(header["kid"]).toUpperCase(),
    "followed by a space": `${header["kid"]} `,
    "followed by a NUL": `${header["kid"]}\u0000`,
    "of the prototype": "__proto__",
    "of the constructor": "constructor",
    "a number": 1,
    null: null,
    true: true,
    "a list": [header["kid"]],
    "an object": { kid: header["kid"] },
    "very long": "k".repeat(10_000),
  };
  const faults: Faults = {};
  for (const [title, kid] of Object.entries(ids)) {
    faults[`an attacker's key, kid ${title}`] = forge({}, { kid }, attackersKey);
    // Without a kid, or with one of a wrong type, it is the only key that fits.
    if (typeof kid === "string") faults[`the issuer's key, kid ${title}`] = forge({}, { kid });
  }
  return faults;
}

function embeddedKeys({
  forge,
  header,
  attackersKey,
  attackersPublicKey,
  publicKey,
}: Forge): Faults {
  const jwk = { ...attackersPublicKey.export({ format: "jwk" }), alg: "RS256", use: "sig" };
  const der = attackersPublicKey.export({ type: "spki", format: "der" }).toString("base64");
  const members: Record<string, object> = {
    jwk: { jwk },
    "jwk with the issuer's kid": { jwk: { ...jwk, kid: header["kid"] } },
    "the issuer's jwk": { jwk: publicKey.export({ format: "jwk" }) },
    jku: { jku: "https://attacker.example.com/jwks.json" },
    "jku beside the issuer's": {
      jku: `${header["iss"]}/.well-known/jwks.json@attacker.example.com`,
    },
    x5u: { x5u: "https://attacker.example.com/chain.pem" },
    x5c: { x5c: [der] },
    x5t: { x5t: "AAAA", "x5t#S256": "AAAA" },
  };
  const faults: Faults = {};
  for (const [title, parameters] of Object.entries(members)) {
    faults[`an attacker's key in ${title}`] = forge({}, parameters, attackersKey);
    faults[`an attacker's key in ${title}, and another kid`] = forge(
      {},
      { ...parameters, kid: "attacker" },
      attackersKey,
    );
  }
  return faults;
}

function extensions({ forge, header, claims, attackersKey }: Forge): Faults {
  return {
    "crit that names exp": forge({}, { crit: ["exp"], exp: claims.exp }),
    "crit that names what is unknown": forge({}, { crit: ["urn:example"], "urn:example": 1 }),
    "crit that names what is missing": forge({}, { crit: ["urn:example"] }),
    "crit that names alg": forge({}, { crit: ["alg"] }),
    "an empty crit": forge({}, { crit: [] }),
    "crit as a text": forge({}, { crit: "exp" }),
    "crit as null": forge({}, { crit: null }),
    "crit with numbers": forge({}, { crit: [1] }),
    "an unencoded payload": forge({}, { b64: false, crit: ["b64"] }),
    "b64 as a text": forge({}, { b64: "false", crit: ["b64"] }),
    "a compressed payload by another key": forge({}, { zip: "DEF" }, attackersKey),
    "enc in the header, by another key": forge({}, { enc: "A256GCM" }, attackersKey),
    "cty JWT and a token inside": forge(encode(header), { cty: "JWT" }),
    "two algs, the last of which is none": forge({}, '{"alg":"RS256","typ":"at+jwt","alg":"none"}'),
    "two algs, by another key": forge(
      {},
      `{"alg":"none","typ":"at+jwt","kid":"${header["kid"]}","alg":"RS256"}`,
      attackersKey,
    ),
    "two types, the last of which is a session's": forge(
      {},
      `{"alg":"RS256","kid":"${header["kid"]}","typ":"at+jwt","typ":"session+jwt"}`,
    ),
  };
}

function types({ forge }: Forge): Faults {
  const names = [
    "session+jwt",
    "dpop+jwt",
    "token-introspection+jwt",
    "logout+jwt",
    "secevent+jwt",
  ];
  names.push("jwt", "Jwt", "AT+JWT", "at+JWT", "application/at+jwt", "application/jwt", "at+jwt ");
  names.push(
    " JWT",
    "",
    "JOSE",
    "JWE",
    "id+jwt",
    "oauth-authz-req+jwt",
    "at+jwt\u0000",
    "at+jwt;x=1",
  );
  // the third letter but one is Cyrillic
  names.push("a\u0442+jwt", "client-authentication+jwt", "kb+jwt", "vc+sd-jwt");
  const values: unknown[] = [...names, undefined, null, 1, true, ["at+jwt"], { typ: "at+jwt" }];
  return Object.fromEntries(
    values.map((typ) => [`typ ${JSON.stringify(typ) ?? "missing"}`, forge({}, { typ })]),
  );
}
