import { X509Certificate } from "node:crypto";
import { readTlsFiles, TlsFilesError } from "../../http/tls-files.js";
import { isLate } from "../../probes/certificate-dates.js";
import { finding, type HostCheck } from "../host-check.js";

export const tlsCertificateEnds: HostCheck = {
  id: "tls-certificate-ends",
  level: "ERROR",
  what: "The server's TLS certificate has not been renewed",
  why: "When it ends, no client connects any more.",
  whatToDo: "Renew it and replace the files. The server rereads them by itself.",
  docs: "operations/custom-domains.md#without-a-proxy",
  find: ({ config: { tls }, now }) => {
    if (!tls) return [];
    try {
      const { validFromDate, validToDate } = new X509Certificate(readTlsFiles(tls).cert);
      return isLate({ begin: validFromDate, end: validToDate }, now)
        ? [finding("TLS_CERT_FILE", `has a certificate that ends at ${validToDate.toISOString()}`)]
        : [];
    } catch (error) {
      // Doctor may run where the server does not yet.
      if (error instanceof TlsFilesError)
        return [finding("TLS_CERT_FILE", "cannot be used with TLS_KEY_FILE")];
      throw error;
    }
  },
};
