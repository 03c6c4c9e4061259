import { CompactEncrypt } from "jose";
import { encode, type Faults, type Forge, partsOf } from "./forge.js";

/** Texts that are no JWT in the one form that is accepted (RFC 7515 section 7.1). */
export async function otherForms(forge: Forge): Promise<Faults> {
  return {
    ...changedTexts(forge),
    ...otherSegments(forge),
    ...notCanonical(forge),
    ...large(forge),
    ...(await encrypted(forge)),
  };
}

function changedTexts({ valid }: Forge): Faults {
  const middle = valid.length >> 1;
  const inserted = (text: string) => valid.slice(0, middle) + text + valid.slice(middle);
  return {
    nothing: "",
    "a space": " ",
    "the word undefined": "undefined",
    "the word null": "null",
    "a space before": ` ${valid}`,
    "a space behind": `${valid} `,
    "a newline behind": `${valid}\n`,
    "a carriage return behind": `${valid}\r`,
    "a tab behind": `${valid}\t`,
    "a space inside": inserted(" "),
    "a newline inside": inserted("\n"),
    "a NUL inside": inserted("\u0000"),
    "a NUL behind": `${valid}\u0000`,
    "a byte order mark": `\ufeff${valid}`,
    "a zero-width space behind": `${valid}\u200b`,
    "a letter from above ASCII": inserted("\u0430"),
    "full-width dots": valid.replaceAll(".", "\uff0e"),
    "ideographic stops": valid.replaceAll(".", "\u3002"),
    "encoded dots": valid.replaceAll(".", "%2E"),
    "Bearer before it": `Bearer ${valid}`,
    quotes: `"${valid}"`,
    "two tokens with a comma": `${valid},${valid}`,
    "two tokens with a space": `${valid} ${valid}`,
    "two tokens": valid + valid,
    "in lower case": valid.toLowerCase(),
    "in upper case": valid.toUpperCase(),
    reversed: [...valid].reverse().join(""),
    "encoded again": encode(valid),
  };
}

function otherSegments({ valid, header, claims, attackersKey, forge }: Forge): Faults {
  const [protectedHeader, payload, signature] = partsOf(valid);
  const join = (...parts: string[]) => parts.join(".");
  const flattened = { protected: protectedHeader, payload, signature };
  return {
    "one dot": ".",
    "two dots": "..",
    "three letters": "a.b.c",
    "a header alone": protectedHeader,
    "two segments": join(protectedHeader, payload),
    "four segments": join(valid, signature),
    "five segments": join(valid, signature, signature),
    "a dot behind": `${valid}.`,
    "a dot before": `.${valid}`,
    "no header": join("", payload, signature),
    "no claims": join(protectedHeader, "", signature),
    "no signature": join(protectedHeader, payload, ""),
    "segments in another order": join(payload, protectedHeader, signature),
    "the flattened JSON serialization": JSON.stringify(flattened),
    "the general JSON serialization": JSON.stringify({
      payload,
      signatures: [{ ...flattened, payload: undefined }],
    }),
    "a header that is no JSON": join(encode("header"), payload, signature),
    "a header that is a list": join(encode([header]), payload, signature),
    "a header that is a text": join(encode('"RS256"'), payload, signature),
    "a header that is null": join(encode("null"), payload, signature),
    "a header with nothing in it": join(encode("{}"), payload, signature),
    "a header that is no UTF-8": join(
      Buffer.from([0x7b, 0xff, 0x7d]).toString("base64url"),
      payload,
      signature,
    ),
    "JSON without an encoding": join(JSON.stringify(header), JSON.stringify(claims), signature),
    "claims without an encoding": join(protectedHeader, JSON.stringify(claims), signature),
    "an unsecured token of RFC 7519": join(encode('{"alg":"none"}'), payload, ""),
    "claims with a byte order mark, by another key": forge(
      `\ufeff${JSON.stringify(claims)}`,
      {},
      attackersKey,
    ),
  };
}

/** RFC 4648 sections 3.2 and 3.5: padding, the other alphabet, and bits that no byte needs. */
function notCanonical({ valid }: Forge): Faults {
  const parts = partsOf(valid);
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const faults: Faults = {};
  for (const [index, name] of ["header", "claims", "signature"].entries()) {
    const replaced = (change: (part: string) => string) =>
      parts.map((part, position) => (position === index ? change(part) : part)).join(".");
    faults[`padding of the ${name}`] = replaced((part) => `${part}=`);
    faults[`two paddings of the ${name}`] = replaced((part) => `${part}==`);
    faults[`two letters too many in the ${name}`] = replaced((part) => `${part}AA`);
    // Part of the last letter carries nothing, unless the length is a multiple of three bytes.
    if (Buffer.from(parts[index] ?? "", "base64url").length % 3 !== 0) {
      faults[`unused bits of the ${name}`] = replaced(
        (part) => part.slice(0, -1) + alphabet[alphabet.indexOf(part.slice(-1)) + 1],
      );
    }
  }
  const base64 = Buffer.from(parts[2], "base64url").toString("base64");
  faults["the signature in base64"] = `${parts[0]}.${parts[1]}.${base64}`;
  return faults;
}

function large({ forge, claims, header, attackersKey }: Forge): Faults {
  const nested = (depth: number) => `${"[".repeat(depth)}${"]".repeat(depth)}`;
  const withMember = (members: object, member: string) =>
    `${JSON.stringify(members).slice(0, -1)},"nested":${member}}`;
  return {
    "more than 40 KiB": forge({ long: "a".repeat(40 * 1024) }),
    "a hundred KiB of dots": ".".repeat(100_000),
    "a hundred KiB of letters": "A".repeat(100_000),
    "claims with 10,000 levels, by another key": forge(
      withMember(claims, nested(10_000)),
      {},
      attackersKey,
    ),
    "a header with 10,000 levels, by another key": forge(
      {},
      withMember(header, nested(10_000)),
      attackersKey,
    ),
    "a header that is never closed": `${encode('{"a":'.repeat(5000))}.${encode(claims)}.AAAA`,
    "claims of the prototype, by another key": forge(
      withMember(claims, '1,"__proto__":{"aud":"x"}'),
      {},
      attackersKey,
    ),
  };
}

/** RFC 7516: whoever knows the public key can encrypt. */
async function encrypted({ valid, claims, publicKey }: Forge): Promise<Faults> {
  const encrypt = (text: string, cty?: string) =>
    new CompactEncrypt(Buffer.from(text))
      .setProtectedHeader({
        alg: "RSA-OAEP-256",
        enc: "A256GCM",
        typ: "at+jwt",
        ...(cty && { cty }),
      })
      .encrypt(publicKey);
  return {
    "claims that are encrypted": await encrypt(JSON.stringify(claims)),
    "a token that is encrypted": await encrypt(valid, "JWT"),
  };
}
