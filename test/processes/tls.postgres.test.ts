import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { Agent, type RequestOptions, request } from "node:https";
import { tmpdir } from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import type { TLSSocket } from "node:tls";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type Certificate, CertificateFactory } from "../support/certificates.js";
import { repeated, type ServerProcess, serverProcesses } from "../support/server-process.js";
import { waitUntil } from "../support/wait-until.js";

const WORKERS = 2;

describe("a server with TLS files and several workers", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "countersign-tls-"));
  const certificates = new CertificateFactory(folder);
  const authority = certificates.authority("authority");
  const issue = (name: string) =>
    certificates.forServer(name, { host: "IP:127.0.0.1", signedBy: authority });
  const files = { certificateFile: `${folder}/tls.pem`, keyFile: `${folder}/tls.key` };
  const install = ({ certificateFile, keyFile }: Certificate) => {
    copyFileSync(certificateFile, files.certificateFile);
    copyFileSync(keyFile, files.keyFile);
  };
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  let processes: Awaited<ReturnType<typeof serverProcesses>>;
  let server: ServerProcess;

  const get = async (options: RequestOptions = {}) => {
    const ca = readFileSync(authority.certificateFile);
    return new Promise<{ status: number | undefined; certificate: unknown; body: string }>(
      (resolve, reject) => {
        const sent = request(`${server.url}/healthz`, { ca, agent: false, ...options });
        sent.once("error", reject);
        sent.once("response", async (response) => {
          const certificate = (response.socket as TLSSocket).getPeerCertificate().subject.CN;
          const body = await text(response);
          resolve({ status: response.statusCode, certificate, body });
        });
        sent.end();
      },
    );
  };
  const answer = (certificate: string) => ({
    status: 200,
    certificate,
    body: '{"status":"ok"}',
  });

  beforeAll(async () => {
    install(issue("first"));
    processes = await serverProcesses();
    server = await processes.start({
      WORKERS: String(WORKERS),
      TLS_CERT_FILE: files.certificateFile,
      TLS_KEY_FILE: files.keyFile,
    });
  });

  afterAll(async () => {
    agent.destroy();
    await processes.cleanUp();
    rmSync(folder, { recursive: true });
  });

  test("presents a new certificate to new connections and keeps the open ones", async () => {
    expect(await get({ agent })).toEqual(answer("first"));
    install(issue("second"));
    await server.written(repeated(/the TLS certificate was replaced/, WORKERS));
    for (let i = 0; i < 2 * WORKERS; i++) expect(await get()).toEqual(answer("second"));
    expect(await get({ agent })).toEqual(answer("first"));
  });

  test("keeps its certificate while the files do not match, and says so once", async () => {
    const third = issue("third");
    copyFileSync(third.certificateFile, files.certificateFile);
    await server.written(repeated(/TLS_KEY_FILE: The key does not belong/, WORKERS));
    expect(await get()).toEqual(answer("second"));
    copyFileSync(third.keyFile, files.keyFile);
    await waitUntil(async () => (await get()).certificate === "third");
    await server.written(repeated(/the TLS certificate was replaced/, 2 * WORKERS));
    expect(server.output().match(/The key does not belong/g)).toHaveLength(WORKERS);
  });

  test("does not start with files that do not match", async () => {
    writeFileSync(files.keyFile, readFileSync(issue("fourth").keyFile));
    const { code, output } = await processes.expectStartFailure({
      TLS_CERT_FILE: files.certificateFile,
      TLS_KEY_FILE: files.keyFile,
    });
    expect({ code, output }).toEqual({
      code: 1,
      output: expect.stringMatching(/^TLS_KEY_FILE: The key does not belong .*\n$/),
    });
  });
});
