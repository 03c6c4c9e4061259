import type { Server } from "node:https";
import type { FastifyInstance } from "fastify";
import {
  type CertifiedKey,
  readTlsFiles,
  rereadTlsFiles,
  type TlsFiles,
  TlsFilesError,
} from "./tls-files.js";

/** Volumes of Kubernetes and network file systems do not tell of changes, so the files are read again. */
const REREAD_INTERVAL_MS = 2_000;
/** Of a connection that does not finish its TLS handshake. */
const HANDSHAKE_TIMEOUT_MS = 10_000;

/** The certificate that the server presents, which follows its files. */
export class TlsCertificate {
  #current: CertifiedKey;
  /** Of the last reading; null: it succeeded. */
  #problem: string | null = null;
  #hasReported = false;

  /** @throws TlsFilesError */
  constructor(private readonly files: TlsFiles) {
    this.#current = readTlsFiles(files);
  }

  serverOptions() {
    return { ...this.#current, handshakeTimeout: HANDSHAKE_TIMEOUT_MS };
  }

  /** Rereads the files while the server runs. Open connections keep the certificate that they began with. */
  follow(app: FastifyInstance): void {
    const timer = setInterval(() => this.#reread(app), REREAD_INTERVAL_MS).unref();
    app.addHook("onClose", async () => clearInterval(timer));
  }

  #reread({ log, server }: FastifyInstance): void {
    try {
      const next = rereadTlsFiles(this.files, this.#current);
      if (next) {
        // Fastify's types of an instance differ by protocol.
        (server as unknown as Server).setSecureContext(next);
        this.#current = next;
        log.info("the TLS certificate was replaced");
      }
      this.#problem = null;
      this.#hasReported = false;
    } catch (error) {
      if (!(error instanceof TlsFilesError)) throw error;
      this.#report(error.message, log);
    }
  }

  /** Between the writing of one file and of the other they do not match, so the first failure is no failure. */
  #report(problem: string, log: FastifyInstance["log"]): void {
    const isLasting = this.#problem !== null;
    this.#problem = problem;
    if (!isLasting || this.#hasReported) return;
    this.#hasReported = true;
    log.error({ problem }, "the TLS certificate cannot be replaced: the former one stays in use");
  }
}
