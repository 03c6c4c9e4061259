import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, jest, test } from "@jest/globals";
import { TlsCertificate } from "../../../src/http/tls-certificate.js";
import { CertificateFactory } from "../../support/certificates.js";

const folder = mkdtempSync(path.join(tmpdir(), "countersign-tls-"));

beforeAll(() => {
  jest.useFakeTimers();
});

afterAll(() => {
  jest.useRealTimers();
  rmSync(folder, { recursive: true });
});

test("files that go on not matching are a problem, and matching ones end it", () => {
  const certificates = new CertificateFactory(folder);
  const files = certificates.authority("one");
  const problems: (string | null)[] = [];
  const certificate = new TlsCertificate(files);
  const log = { info: () => {}, error: () => {} };
  const app = { log, server: { setSecureContext: () => {} }, addHook: () => {} };
  certificate.follow(app as never, (problem) => problems.push(problem));
  jest.advanceTimersByTime(2_000);
  expect(problems).toEqual([null]);

  writeFileSync(files.keyFile, "");
  jest.advanceTimersByTime(2_000);
  expect(problems).toEqual([null]);
  jest.advanceTimersByTime(2_000);
  expect(problems[1]).toMatch(/^TLS_KEY_FILE: /);

  certificates.authority("one");
  jest.advanceTimersByTime(2_000);
  expect(problems.slice(2)).toEqual([null]);
});
