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

const NOT_REPLACED = "the TLS certificate cannot be replaced: the former one stays in use";

/** The certificate that the server presents, which follows its files. */
export class TlsCertificate {
  #current: CertifiedKey;
  /** Whether the last reading failed. */
  #isFailing = false;
  #hasReported = false;

  /** @throws TlsFilesError */
  constructor(private readonly files: TlsFiles) {
    this.#current = readTlsFiles(files);
  }

  serverOptions() {
    return { ...this.#current, handshakeTimeout: HANDSHAKE_TIMEOUT_MS };
  }

  /**
   * Rereads the files while the server runs. Open connections keep the certificate that they began with.
   * @param onProblem receives why the files cannot be used, and null when they can
   */
  follow(app: FastifyInstance, onProblem: (problem: string | null) => void): void {
    const timer = setInterval(() => this.#reread(app, onProblem), REREAD_INTERVAL_MS).unref();
    app.addHook("onClose", async () => clearInterval(timer));
  }

  #reread({ log, server }: FastifyInstance, onProblem: (problem: string | null) => void): void {
    try {
      const next = rereadTlsFiles(this.files, this.#current);
      if (next) {
        // Fastify's types of an instance differ by protocol.
        (server as unknown as Server).setSecureContext(next);
        this.#current = next;
        log.info("the TLS certificate was replaced");
      }
      this.#isFailing = false;
      this.#hasReported = false;
      onProblem(null);
    } catch (error) {
      if (!(error instanceof TlsFilesError)) throw error;
      // Between the writing of one file and of the other they do not match, so the first failure is none.
      if (this.#isFailing) {
        onProblem(error.message);
        if (!this.#hasReported) log.error({ problem: error.message }, NOT_REPLACED);
        this.#hasReported = true;
      }
      this.#isFailing = true;
    }
  }
}
