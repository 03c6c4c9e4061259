import { execFileSync } from "node:child_process";
import path from "node:path";

export interface Certificate {
  certificateFile: string;
  keyFile: string;
}

/** Issues certificates into a folder. */
export class CertificateFactory {
  constructor(private readonly folder: string) {}

  /** A certificate that is signed by itself, which may sign others. @param name also its host name */
  authority(name: string): Certificate {
    const own = this.#files(name);
    const subject = ["-subj", `/CN=${name}`, "-addext", `subjectAltName=DNS:${name}`];
    openssl(["req", "-x509", ...NEW_KEY, "-days", "2", ...subject], own);
    return own;
  }

  /** A server's certificate. @param host name or IP address that it is for, such as `DNS:localhost` */
  forServer(name: string, { host, signedBy, days = 2 }: ServerCertificate): Certificate {
    const own = this.#files(name);
    const request = `${own.certificateFile}.csr`;
    openssl(["req", ...NEW_KEY, "-subj", `/CN=${name}`, "-addext", `subjectAltName=${host}`], {
      keyFile: own.keyFile,
      certificateFile: request,
    });
    const authority = ["-CA", signedBy.certificateFile, "-CAkey", signedBy.keyFile];
    const files = ["-in", request, "-out", own.certificateFile];
    const options = ["-days", String(days), "-copy_extensions", "copy"];
    execFileSync("openssl", ["x509", "-req", ...files, ...authority, ...options], {
      stdio: "pipe",
    });
    return own;
  }

  #files(name: string): Certificate {
    const file = path.join(this.folder, name);
    return { certificateFile: `${file}.pem`, keyFile: `${file}.key` };
  }
}

interface ServerCertificate {
  host: string;
  signedBy: Certificate;
  /** Negative: it has expired. */
  days?: number;
}

const NEW_KEY = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes".split(" ");

function openssl(command: string[], { certificateFile, keyFile }: Certificate): void {
  const files = ["-keyout", keyFile, "-out", certificateFile];
  execFileSync("openssl", [...command, ...files], { stdio: "pipe" });
}
