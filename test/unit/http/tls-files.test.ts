import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, test } from "@jest/globals";
import { readTlsFiles } from "../../../src/http/tls-files.js";
import { CertificateFactory } from "../../support/certificates.js";

describe("the files of TLS", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "countersign-tls-"));
  const certificates = new CertificateFactory(folder);
  const good = certificates.authority("good.example.com");
  const other = certificates.authority("other.example.com");
  const fileWith = (text: string) => {
    const file = path.join(folder, "text.pem");
    writeFileSync(file, text);
    return file;
  };
  const withPassphrase = () => {
    const file = path.join(folder, "encrypted.key");
    const options = ["-in", good.keyFile, "-aes256", "-passout", "pass:marker", "-out", file];
    execFileSync("openssl", ["pkey", ...options]);
    return file;
  };

  afterAll(() => rmSync(folder, { recursive: true }));

  test("are a certificate and its key", () => {
    expect(readTlsFiles(good).cert).toContain("BEGIN CERTIFICATE");
  });

  test.each<[string, () => object, RegExp]>([
    [
      "a file that is missing",
      () => ({ certificateFile: `${folder}/none` }),
      /^TLS_CERT_FILE: The file cannot be read \(ENOENT\): /,
    ],
    [
      "the key in place of the certificate",
      () => ({ certificateFile: good.keyFile }),
      /^TLS_CERT_FILE: The file holds no certificate: /,
    ],
    ["an empty key", () => ({ keyFile: fileWith("") }), /^TLS_KEY_FILE: .* no private key/],
    [
      "the key of another certificate",
      () => ({ keyFile: other.keyFile }),
      /^TLS_KEY_FILE: The key does not belong to the certificate/,
    ],
    [
      "a key with a passphrase",
      () => ({ keyFile: withPassphrase() }),
      /^TLS_KEY_FILE: .* without a passphrase/,
    ],
  ])("are refused for %s", (_name, change, sentence) => {
    expect(() => readTlsFiles({ ...good, ...change() })).toThrow(sentence);
  });
});
