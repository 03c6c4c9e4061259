import type { IncomingMessage } from "node:http";
import type { TLSSocket } from "node:tls";
import { z } from "zod";
import { fetchChecked, type KeySetFetchOptions } from "../key-sets/key-set-fetch.js";
import { decode, readBody } from "../key-sets/key-set-response.js";
import { KeySetUnavailable } from "../key-sets/key-set-unavailable.js";
import { type CertificateDates, isLate } from "./certificate-dates.js";

/** Where the server should be found, and what should be there. */
export interface Domain {
  issuer: string;
  /** Ids of keys that the issuer's tokens are signed by. */
  kids: readonly string[];
}

/** The end of a sentence that begins with the domain. */
const PROBLEMS: Readonly<Record<string, string>> = {
  ENOTFOUND: "does not resolve to an address",
  EAI_AGAIN: "cannot be resolved: the name server does not answer",
  ECONNREFUSED: "refuses connections",
  ETIMEDOUT: "does not answer in time",
  CERT_HAS_EXPIRED: "presents a certificate that has expired",
  CERT_NOT_YET_VALID: "presents a certificate that is not valid yet",
  ERR_TLS_CERT_ALTNAME_INVALID: "presents a certificate for another host",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "presents a certificate without that of its authority",
  UNABLE_TO_GET_ISSUER_CERT: "presents a certificate without that of its authority",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "presents a certificate without that of its authority",
  SELF_SIGNED_CERT_IN_CHAIN: "presents a certificate of an authority that is not trusted",
  DEPTH_ZERO_SELF_SIGNED_CERT: "presents a certificate that is signed by itself",
};

/** What another server calls itself becomes a part of a finding. */
const MAX_URL_LENGTH = 1000;
const metadataShape = z.object({ issuer: z.string().max(MAX_URL_LENGTH), jwks_uri: z.string() });
const keySetShape = z.object({ keys: z.array(z.object({ kid: z.string() })) });

class DomainProblem extends Error {}

/**
 * Asks for the issuer's metadata and key set as the world does.
 * @returns the end of a sentence that begins with the domain; null: nothing is wrong, or the address is private
 */
export async function domainProblem(
  { issuer, kids }: Domain,
  now: Date,
  options: KeySetFetchOptions,
): Promise<string | null> {
  const base = issuer.replace(/\/$/, "");
  try {
    const { body, dates } = await read(
      `${base}/.well-known/oauth-authorization-server`,
      metadataShape,
      options,
    );
    if (body.issuer !== issuer) {
      return `answers as the issuer ${body.issuer}: a proxy changes the host, or another server answers`;
    }
    const keySet = await read(body.jwks_uri, keySetShape, options);
    const served = new Set(keySet.body.keys.map(({ kid }) => kid));
    if (!kids.every((kid) => served.has(kid))) {
      return "serves a key set without the key that signs: a cache in front keeps it too long, or another server answers";
    }
    if (dates && isLate(dates, now)) {
      return `presents a certificate that ends at ${dates.end.toISOString()} and has not been renewed`;
    }
    return null;
  } catch (error) {
    if (error instanceof DomainProblem) return error.message;
    // The address is not public, and nobody has allowed it.
    if (error instanceof KeySetUnavailable) return null;
    const { name, code = "unknown" } = error as NodeJS.ErrnoException;
    const known = PROBLEMS[name === "TimeoutError" ? "ETIMEDOUT" : code];
    return known ?? `cannot be reached (${code})`;
  }
}

async function read<Body>(url: string, shape: z.ZodType<Body>, options: KeySetFetchOptions) {
  return fetchChecked(url, options, async (response) => {
    const { statusCode, socket } = response;
    // The socket forgets the certificate when the response has ended.
    const dates = certificateDates(socket as TLSSocket);
    const body = await readJson(response);
    if (statusCode !== 200) {
      throw new DomainProblem(`answers with status ${statusCode} where the issuer's documents are`);
    }
    const parsed = shape.safeParse(body);
    if (!parsed.success)
      throw new DomainProblem("serves something else than the issuer's documents");
    return { body: parsed.data, dates };
  });
}

async function readJson(response: IncomingMessage): Promise<unknown> {
  const text = await readBody(decode(response));
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** @returns null without TLS, and behind a proxy that hides the certificate */
function certificateDates(socket: Partial<TLSSocket>): CertificateDates | null {
  const certificate = socket.getPeerCertificate?.();
  if (!certificate?.valid_to) return null;
  return { begin: new Date(certificate.valid_from), end: new Date(certificate.valid_to) };
}
