import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import type { RequestListener } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { type Certificate, CertificateFactory } from "./certificates.js";

/** Servers of JWK Sets over TLS on loopback, with certificates of an authority that only this process knows. */
export interface TlsKeyServers {
  authority: Certificate;
  /** Starts one and returns its port. @param host that its certificate is for, such as `IP:127.0.0.1` */
  start(host: string, answer: RequestListener, options?: { days?: number }): Promise<number>;
  stop(): void;
}

export function tlsKeyServers(): TlsKeyServers {
  const folder = mkdtempSync(path.join(tmpdir(), "countersign-key-sets-"));
  const certificates = new CertificateFactory(folder);
  const authority = certificates.authority("authority.example");
  const servers = new Set<ReturnType<typeof createServer>>();
  return {
    authority,
    start: async (host, answer, options) => {
      const { certificateFile, keyFile } = certificates.forServer(`server-${servers.size}`, {
        host,
        signedBy: authority,
        ...options,
      });
      const files = { cert: readFileSync(certificateFile), key: readFileSync(keyFile) };
      const server = createServer(files, answer);
      servers.add(server);
      server.listen(0, "127.0.0.1");
      await once(server, "listening");
      return (server.address() as AddressInfo).port;
    },
    stop: () => {
      for (const server of servers) {
        server.closeAllConnections();
        server.close();
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
