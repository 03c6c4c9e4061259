import { createServer } from "node:net";
import { readTlsFiles, type TlsFiles } from "./http/tls-files.js";

/** Where the server listens. */
export interface ListenAddress {
  host: string;
  port: number;
  tls?: TlsFiles | undefined;
  /** The settings of host and port; absent: HOST and PORT. */
  settings?: { host: string; port: string };
}

const OTHER_HOST =
  "set HOST to an address of this machine, such as 127.0.0.1, or to 0.0.0.0 for all of them";

/** What is wrong and what to do, by the code of Node.js. */
const PROBLEMS: Readonly<Record<string, (address: ListenAddress) => string>> = {
  EADDRINUSE: ({ port }) =>
    `PORT: another program listens on port ${port} (EADDRINUSE): end it, or set PORT to another port`,
  EACCES: ({ port }) =>
    `PORT: the server's user may not listen on port ${port} (EACCES): set PORT to 1024 or more, and let a proxy listen on ${port}`,
  EADDRNOTAVAIL: () =>
    `HOST: this machine does not have the address (EADDRNOTAVAIL): ${OTHER_HOST}`,
  EAFNOSUPPORT: () => `HOST: this machine has no such addresses (EAFNOSUPPORT): ${OTHER_HOST}`,
  EINVAL: () => `HOST: the address cannot be listened on (EINVAL): ${OTHER_HOST}`,
  ENOTFOUND: () => `HOST: the name has no address (ENOTFOUND): ${OTHER_HOST}`,
  EAI_AGAIN: () => `HOST: the name cannot be looked up (EAI_AGAIN): ${OTHER_HOST}`,
};

/** Puts an error of listening into one sentence for the operator, and returns every other error unchanged. */
export function toListenError(error: unknown, address: ListenAddress): unknown {
  const { code = "", syscall } = Object(error) as Partial<NodeJS.ErrnoException>;
  // EACCES of a file has nothing to do with the port.
  const isOfListening = ["listen", "bind", "getaddrinfo"].includes(syscall ?? "");
  const { host, port } = address.settings ?? { host: "HOST", port: "PORT" };
  const sentence = isOfListening
    ? PROBLEMS[code]?.(address)
        .replaceAll(/\bHOST\b/g, host)
        .replaceAll(/\bPORT\b/g, port)
    : undefined;
  return sentence ? new Error(sentence, { cause: error }) : error;
}

/**
 * Listens for a moment, so that a start that cannot listen fails before it creates anything.
 * @throws Error with a message for the operator
 */
export async function assertCanListen(address: ListenAddress): Promise<void> {
  if (address.tls) readTlsFiles(address.tls);
  const { host, port } = address;
  const probe = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      probe.once("error", reject);
      // In a cluster the primary would keep the port.
      probe.listen({ host, port, exclusive: true }, resolve);
    });
  } catch (error) {
    throw toListenError(error, address);
  }
  await new Promise((resolve) => probe.close(resolve));
}
