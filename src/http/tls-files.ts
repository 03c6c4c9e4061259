import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { createSecureContext } from "node:tls";
import { readProblem } from "../shared/file-problems.js";

/** The settings TLS_CERT_FILE and TLS_KEY_FILE. */
export interface TlsFiles {
  /** The server's certificate in PEM, followed by those of its intermediate authorities. */
  certificateFile: string;
  keyFile: string;
}

export interface CertifiedKey {
  cert: string;
  key: string;
}

/** Says in one sentence which of the two settings is at fault, why, and what to do. */
export class TlsFilesError extends Error {
  override readonly name = "TlsFilesError";
}

/** @throws TlsFilesError */
export function readTlsFiles(files: TlsFiles): CertifiedKey {
  const certifiedKey = readTexts(files);
  assertUsable(certifiedKey);
  return certifiedKey;
}

/**
 * @returns null if the files hold what they held before
 * @throws TlsFilesError
 */
export function rereadTlsFiles(files: TlsFiles, former: CertifiedKey): CertifiedKey | null {
  const { cert, key } = readTexts(files);
  if (cert === former.cert && key === former.key) return null;
  assertUsable({ cert, key });
  return { cert, key };
}

function readTexts({ certificateFile, keyFile }: TlsFiles): CertifiedKey {
  const cert = readText("TLS_CERT_FILE", certificateFile);
  return { cert, key: readText("TLS_KEY_FILE", keyFile) };
}

function assertUsable({ cert, key }: CertifiedKey): void {
  const certificate = attempt(
    () => new X509Certificate(cert),
    "TLS_CERT_FILE: The file holds no certificate: give it in PEM, the server's own first and then those of its intermediate authorities",
  );
  const privateKey = attempt(
    () => createPrivateKey(key),
    "TLS_KEY_FILE: The file holds no private key that opens without a passphrase: give it in PEM",
  );
  if (!certificate.checkPrivateKey(privateKey)) {
    throw new TlsFilesError(
      "TLS_KEY_FILE: The key does not belong to the certificate in TLS_CERT_FILE: give the key that the certificate was requested with",
    );
  }
  attempt(
    () => createSecureContext({ cert, key }),
    "TLS_CERT_FILE: TLS does not accept the certificate or one of its chain: give certificates in PEM, with RSA keys of at least 2048 bits or EC keys",
  );
}

function readText(setting: string, file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new TlsFilesError(`${setting}: The file ${readProblem(error)}`, { cause: error });
  }
}

function attempt<Value>(work: () => Value, sentence: string): Value {
  try {
    return work();
  } catch (cause) {
    throw new TlsFilesError(sentence, { cause });
  }
}
