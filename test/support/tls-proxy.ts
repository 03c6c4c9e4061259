import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { request } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { CertificateFactory } from "./certificates.js";

export interface TlsProxy {
  /** Host and port, for SDKs that only support https. */
  host: string;
  /** Certificate for `NODE_EXTRA_CA_CERTS` of programs that connect to it. */
  certificateFile: string;
  forwardTo(url: string): void;
  stop(): Promise<void>;
}

/** Starts a reverse proxy that terminates TLS on localhost with a self-signed certificate. */
export async function startTlsProxy(): Promise<TlsProxy> {
  const folder = mkdtempSync(path.join(tmpdir(), "countersign-tls-"));
  const { keyFile, certificateFile } = new CertificateFactory(folder).authority("localhost");
  let target = "";
  const server = createServer(
    { key: readFileSync(keyFile), cert: readFileSync(certificateFile) },
    (incoming, outgoing) => {
      const url = new URL(incoming.url ?? "/", target);
      const headers = { ...incoming.headers, "x-forwarded-proto": "https" };
      const forwarded = request(url, { method: incoming.method, headers }, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      });
      forwarded.on("error", () => outgoing.writeHead(502).end());
      incoming.pipe(forwarded);
    },
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    host: `localhost:${(server.address() as AddressInfo).port}`,
    certificateFile,
    forwardTo: (url) => {
      target = url;
    },
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
