import { InternalError } from "../shared/internal-error.js";
import type { Endpoint } from "./allowed-hosts.js";

/**
 * The keys of an issuer cannot be fetched or used, so its JWTs cannot be verified. The message is for those who may
 * read the URL: it contains no address and nothing of the answer. `cause` says more, for the log alone.
 */
export class KeySetUnavailable extends InternalError {
  override readonly name = "KeySetUnavailable";
}

const UNREACHABLE = "The key set's server cannot be reached";
const UNREACHABLE_BY_PROXY = "The key set's server, or the proxy in front of it, cannot be reached";
const UNTRUSTED =
  "The certificate of the key set's server is not trusted: start this server with NODE_EXTRA_CA_CERTS, a file with the certificate of its authority";

/** What the codes of Node.js and OpenSSL mean. Others are those of sockets. */
const MESSAGES: Readonly<Record<string, string>> = {
  ENOTFOUND: "The host of the key set's URL does not resolve to an address",
  EAI_AGAIN: "The host of the key set's URL cannot be resolved: the name server does not answer",
  ETIMEDOUT: "The key set's server does not answer in time",
  ERR_PROXY_TUNNEL: "The proxy of HTTPS_PROXY does not connect to the key set's server",
  CERT_HAS_EXPIRED: "The certificate of the key set's server has expired",
  CERT_NOT_YET_VALID: "The certificate of the key set's server is not valid yet",
  ERR_TLS_CERT_ALTNAME_INVALID: "The certificate of the key set's server is for another host",
  SELF_SIGNED_CERT_IN_CHAIN: UNTRUSTED,
  DEPTH_ZERO_SELF_SIGNED_CERT: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNTRUSTED,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNTRUSTED,
};

/** @param error what a fetch from this host throws */
export function toKeySetUnavailable(
  error: unknown,
  { hostname, port }: Endpoint,
  hasProxy: boolean,
): KeySetUnavailable {
  if (error instanceof KeySetUnavailable) return error;
  const { name, code: errorCode = "unknown" } = error as NodeJS.ErrnoException;
  const code = name === "TimeoutError" ? "ETIMEDOUT" : String(errorCode);
  const cause = new InternalError(`${hostname}:${port}: ${code}`);
  return new KeySetUnavailable(`${messageOf(code, hasProxy)} (${code})`, { cause });
}

function messageOf(code: string, hasProxy: boolean): string {
  if (code.startsWith("HPE_")) return "The answer at the key set's URL is not HTTP";
  if (/^(?:ERR_SSL_|EPROTO)/.test(code))
    return "The key set's server does not speak TLS at this port";
  if (/^Z_|^ERR__ERROR_FORMAT/.test(code))
    return "The body of the key set's answer is not encoded as its header says";
  return MESSAGES[code] ?? (hasProxy ? UNREACHABLE_BY_PROXY : UNREACHABLE);
}
