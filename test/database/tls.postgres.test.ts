import { X509Certificate } from "node:crypto";
import { chownSync, copyFileSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { TLSSocket } from "node:tls";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { Client } from "pg";
import { startPostgres } from "../../scripts/postgres.mjs";
import { openDatabase } from "../../src/database/open-database.js";
import { type Certificate, CertificateFactory } from "../support/certificates.js";
import { serverProcesses } from "../support/server-process.js";
import { waitUntil } from "../support/wait-until.js";

const WITHOUT_VERIFICATION = "sslmode=require without sslrootcert";

describe("a connection to PostgreSQL over TLS", () => {
  let postgres: Awaited<ReturnType<typeof startPostgres>>;
  let folder: string;
  let authority: Certificate;
  let stranger: Certificate;
  let forLocalhost: Certificate;
  let expired: Certificate;
  let setUp: (certificate: Certificate) => Promise<void>;

  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), "countersign-certificates-"));
    const certificates = new CertificateFactory(folder);
    authority = certificates.authority("authority");
    stranger = certificates.authority("stranger");
    const options = { host: "DNS:localhost", signedBy: authority };
    forLocalhost = certificates.forServer("server", options);
    expired = certificates.forServer("expired", { ...options, days: -1 });
    postgres = await startPostgres();
    setUp = await certificateSetter(postgres.url);
    await setUp(forLocalhost);
  });

  afterAll(async () => {
    await postgres.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const urlWith = (parameters: string, host = "localhost") => {
    const url = new URL(postgres.url);
    return Object.assign(url, { hostname: host, search: parameters, password: "marker" }).href;
  };
  const root = ({ certificateFile }: Certificate) => `sslrootcert=${certificateFile}`;

  /** Whether its connections are encrypted. */
  const open = async (url: string) => {
    const database = await openDatabase({ url }, () => {});
    try {
      const [row] = await database.unitOfWork.read.query(
        "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()",
      );
      return row.ssl as boolean;
    } finally {
      await database.close();
    }
  };

  test("encrypts and verifies nothing by sslmode=require, and a start prints no warning", async () => {
    await setUp(stranger);
    const processes = await serverProcesses(urlWith("sslmode=require"));
    try {
      const server = await processes.start();
      expect(server.output()).not.toMatch(/warning/i);
      const sessions = await query(
        postgres.url,
        "SELECT DISTINCT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name = 'countersign'",
      );
      expect(sessions).toEqual([{ ssl: true }]);
    } finally {
      await processes.cleanUp();
      await setUp(forLocalhost);
    }
  });

  test.each([
    ["prefer", () => "sslmode=prefer", true],
    ["disable", () => "sslmode=disable", false],
    ["require with the right root", () => `sslmode=require&${root(authority)}`, true],
    ["verify-ca", () => `sslmode=verify-ca&${root(authority)}`, true],
    ["verify-full", () => `sslmode=verify-full&${root(authority)}`, true],
    ["a root alone", () => root(authority), true],
    ["uselibpqcompat", () => "uselibpqcompat=true&sslmode=require", true],
    ["parameters of other drivers", () => "pgbouncer=true&channel_binding=require", false],
  ])("works with %s", async (_what, parameters, isEncrypted) => {
    expect(await open(urlWith(parameters()))).toBe(isEncrypted);
  });

  test("verify-ca accepts the certificate of another host name", async () => {
    expect(await open(urlWith(`sslmode=verify-ca&${root(authority)}`, "127.0.0.1"))).toBe(true);
  });

  test.each([
    [
      "an unknown authority",
      "localhost",
      () => `sslmode=verify-full&${root(stranger)}`,
      "the server's certificate comes from an unknown authority (UNABLE_TO_VERIFY_LEAF_SIGNATURE): name the file of the authority's certificate in sslrootcert",
    ],
    [
      "an authority that the system does not know",
      "localhost",
      () => "sslrootcert=system",
      "the server's certificate comes from an unknown authority (UNABLE_TO_VERIFY_LEAF_SIGNATURE): name the file of the authority's certificate in sslrootcert",
    ],
    [
      "a wrong root with sslmode=require",
      "localhost",
      () => `sslmode=require&${root(stranger)}`,
      "the server's certificate comes from an unknown authority (UNABLE_TO_VERIFY_LEAF_SIGNATURE): name the file of the authority's certificate in sslrootcert",
    ],
    [
      "another host name",
      "127.0.0.1",
      () => `sslmode=verify-full&${root(authority)}`,
      "the server's certificate is for another host name (ERR_TLS_CERT_ALTNAME_INVALID): connect to the name that it is for",
    ],
  ])("fails because of %s with one sentence", async (_what, host, parameters, sentence) => {
    await expectSentence(open(urlWith(parameters(), host)), sentence);
  });

  test("fails because of an expired certificate with one sentence", async () => {
    await setUp(expired);
    await expectSentence(
      open(urlWith(`sslmode=verify-full&${root(authority)}`)),
      `the server's certificate has expired (CERT_HAS_EXPIRED): renew it; until then ${WITHOUT_VERIFICATION}`,
    );
    await setUp(forLocalhost);
  });

  test("fails because of a certificate that is signed by itself with one sentence", async () => {
    await setUp(stranger);
    await expectSentence(
      open(urlWith("sslmode=verify-full")),
      "the server's certificate is signed by itself (DEPTH_ZERO_SELF_SIGNED_CERT): name its file in sslrootcert",
    );
    await setUp(forLocalhost);
  });

  test.each([
    ["missing", "/nowhere/root.pem", "the file of sslrootcert cannot be read (ENOENT)"],
    ["no certificate", "package.json", "the file of sslrootcert does not hold PEM"],
  ])("fails because the root is %s with one sentence", async (_what, file, sentence) => {
    await expectSentence(open(urlWith(`sslrootcert=${file}`)), sentence);
  });

  test("is none with sslmode=prefer where the server offers none, and fails with require", async () => {
    await query(postgres.url, "ALTER SYSTEM SET ssl = off", "SELECT pg_reload_conf()");
    await waitUntil(async () => (await servedCertificate(postgres.url)) === null);
    expect(await open(urlWith("sslmode=prefer"))).toBe(false);
    await expectSentence(
      open(urlWith("sslmode=require")),
      "the server does not offer TLS: use sslmode=prefer or sslmode=disable",
    );
    await setUp(forLocalhost);
  });
});

async function expectSentence(opening: Promise<unknown>, sentence: string): Promise<void> {
  const message = await opening.then(
    () => "it opened",
    (error: Error) => error.message,
  );
  expect(message.startsWith(`DATABASE_URL: ${sentence}`)).toBe(true);
  expect(message).not.toMatch(/marker|\n/);
}

/** Returns a function that gives the server another certificate. */
async function certificateSetter(
  url: string,
): Promise<(certificate: Certificate) => Promise<void>> {
  const [directory] = await query(url, "SHOW data_directory");
  const data = directory?.["data_directory"] ?? "";
  const { uid, gid } = statSync(data);
  let number = 0;
  return async ({ certificateFile, keyFile }) => {
    const own = path.join(data, String(++number));
    for (const [file, copy] of [
      [certificateFile, `${own}.pem`],
      [keyFile, `${own}.key`],
    ] as const) {
      copyFileSync(file, copy);
      chownSync(copy, uid, gid);
    }
    await query(
      url,
      `ALTER SYSTEM SET ssl_cert_file = '${own}.pem'`,
      `ALTER SYSTEM SET ssl_key_file = '${own}.key'`,
      "ALTER SYSTEM SET ssl = on",
      "SELECT pg_reload_conf()",
    );
    const { raw } = new X509Certificate(readFileSync(certificateFile));
    await waitUntil(async () => (await servedCertificate(url))?.equals(raw) ?? false);
  };
}

/** Null if the server offers no TLS. */
async function servedCertificate(url: string): Promise<Buffer | null> {
  const client = new Client({ connectionString: url, ssl: { rejectUnauthorized: false } });
  try {
    await client.connect();
    const { connection } = client as unknown as { connection: { stream: TLSSocket } };
    return connection.stream.getPeerCertificate().raw;
  } catch {
    return null;
  } finally {
    await client.end();
  }
}

async function query(url: string, ...statements: string[]) {
  const client = new Client(url);
  await client.connect();
  try {
    let rows: Record<string, string>[] = [];
    for (const sql of statements) ({ rows } = await client.query(sql));
    return rows;
  } finally {
    await client.end();
  }
}
