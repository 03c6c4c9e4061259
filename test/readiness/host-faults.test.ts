import { randomBytes } from "node:crypto";
import { chmodSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { Backup } from "../../src/backup/backup.entity.js";
import { readConfig } from "../../src/config.js";
import type { ObservationKind } from "../../src/observations/observation.entity.js";
import type { FileSystem, HostContext } from "../../src/readiness/host-check.js";
import { HOST_CHECKS } from "../../src/readiness/host-checks.js";
import { clientKey } from "../oauth/oauth-operations.js";
import { CertificateFactory } from "../support/certificates.js";
import { updateProject } from "../support/operations.js";
import { startTestServer, type TestServer } from "../support/test-server.js";
import { createProfile, UPDATE_PROFILE } from "../trusted-auth/attestation-operations.js";
import { roomyDisk } from "./reference-deployment.js";

const DAY_MS = 24 * 3600 * 1000;
const masterKey = () => randomBytes(32).toString("base64url");

/** Faults of variables, files and surroundings, by the check that must find them. */
describe("a planted fault", () => {
  let server: TestServer;
  let folder: string;
  let reference: Record<string, string>;

  beforeAll(async () => {
    server = await startTestServer();
    await server.services.unitOfWork.write((manager) =>
      manager.save(Backup, {
        backupId: "backup-1",
        createdAt: new Date(),
        isEncrypted: false,
        restoredAt: null,
      }),
    );
    folder = mkdtempSync(path.join(tmpdir(), "countersign-host-"));
    reference = {
      NODE_ENV: "production",
      PUBLIC_URL: "https://auth.example.com",
      TRUSTED_PROXIES: "127.0.0.1",
      DATA_DIR: folder,
      MASTER_KEY: masterKey(),
    };
  });

  afterAll(async () => {
    await server.stop();
    rmSync(folder, { recursive: true });
  });

  const contextOf = async (
    changes: Record<string, string> = {},
    overrides: Partial<HostContext> = {},
  ): Promise<HostContext> => {
    const env = { ...reference, ...changes };
    await server.services.observations.flush();
    return {
      config: readConfig(env),
      env,
      read: server.services.unitOfWork.read,
      observations: await server.services.observations.list(),
      now: new Date(),
      statfs: roomyDisk,
      ...overrides,
    };
  };
  const found = async (context: HostContext) => {
    const lists = HOST_CHECKS.map(async ({ id, find }) =>
      (await find(context)).map(({ subject }) => [id, subject]),
    );
    return (await Promise.all(lists)).flat();
  };
  const fileWith = (name: string, text: string, mode = 0o600) => {
    const file = path.join(folder, name);
    writeFileSync(file, text);
    chmodSync(file, mode);
    return file;
  };

  test("is not found where there is none", async () => {
    expect(await found(await contextOf())).toEqual([]);
  });

  test("is here, or in the tests of PostgreSQL, for each check", () => {
    const tests = ["test", "postgres.test"].map((suffix) =>
      readFileSync(`test/readiness/host-faults.${suffix}.ts`, "utf8"),
    );
    const ids = HOST_CHECKS.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.filter((id) => !tests.some((text) => text.includes(id)))).toEqual([]);
  });

  test.each<[string, Record<string, string>, string]>([
    ["development-mode", { NODE_ENV: "", EXPLORER: "off" }, "NODE_ENV"],
    ["explorer-open", { EXPLORER: "graphiql" }, "EXPLORER"],
    ["misspelt-setting", { DATABASE_URI: "postgres://db" }, "DATABASE_URI"],
    ["log-level", { LOG_LEVEL: "debug" }, "LOG_LEVEL"],
    ["former-master-keys", { MASTER_KEY: `${masterKey()},${masterKey()}` }, "MASTER_KEY"],
    ["trusts-everybody", { TRUSTED_PROXIES: "10.0.0.0/8,::/0" }, "TRUSTED_PROXIES"],
    ["http-on-network", { HOST: "0.0.0.0", TRUSTED_PROXIES: "" }, "HOST"],
    [
      "http-issuer",
      { PUBLIC_URL: "http://auth.example.com", ALLOW_INSECURE_HTTP: "true" },
      "PUBLIC_URL",
    ],
  ])("%s, by a variable", async (id, changes, subject) => {
    expect(await found(await contextOf(changes))).toEqual([[id, subject]]);
  });

  test("insecure-key-sets and generated-master-key, which production refuses", async () => {
    const changes = { NODE_ENV: "", EXPLORER: "off", MASTER_KEY: "", ALLOW_INSECURE_JWKS: "true" };
    expect((await found(await contextOf(changes))).map(([id]) => id)).toEqual([
      "development-mode",
      "generated-master-key",
      "insecure-key-sets",
    ]);
  });

  test("postgres-without-tls, but not on the own machine or with a verified certificate", async () => {
    const check = HOST_CHECKS.find(({ id }) => id === "postgres-without-tls");
    const findAt = async (url: string) =>
      (await check?.find(await contextOf({ DATABASE_URL: url })))?.length;
    expect(await findAt("postgres://u:p@db.example.com/c")).toBe(1);
    expect(await findAt("postgres://u:p@10.0.0.5/c?sslmode=require")).toBe(1);
    for (const url of [
      "postgres://u:p@localhost/c",
      "postgres://u:p@db/c",
      "postgres://u:p@db.example.com/c?sslmode=verify-full",
    ])
      expect(await findAt(url)).toBe(0);
  });

  test.each<[ObservationKind, string]>([
    ["FORWARDED_BY_UNTRUSTED_ADDRESS", "untrusted-proxy"],
    ["PROXY_WITHOUT_FORWARDED_FOR", "silent-proxy"],
    ["PROXY_WITHOUT_PROTO", "proxy-drops-scheme"],
    ["PROXY_WITHOUT_HOST", "proxy-drops-host"],
    ["TLS_FILES_REFUSED", "tls-files-refused"],
    ["HOUSEKEEPING_FAILS", "housekeeping-fails"],
    ["CLOCK_DIFFERS", "clock-differs"],
    ["DATABASE_CLOCK_DIFFERS", "clock-differs"],
  ])("%s is what %s tells of", async (kind, id) => {
    const { observations } = server.services;
    observations.record(kind, "subject", "detail");
    expect(await found(await contextOf())).toEqual([[id, "subject"]]);
    observations.record(kind, "subject", null);
    expect(await found(await contextOf())).toEqual([]);
  });

  test("domain-unreachable, until the project has another issuer", async () => {
    const { observations } = server.services;
    const issuer = "https://login.example.com/";
    await updateProject(server.operator, { issuer });
    observations.record("DOMAIN_PROBLEM", issuer, "does not resolve to an address");
    expect(await found(await contextOf())).toEqual([["domain-unreachable", issuer]]);
    await updateProject(server.operator, { issuer: null });
    expect(await found(await contextOf())).toEqual([]);
  });

  test("key-set-unavailable, of a profile and until it has another key set", async () => {
    const profileId = await createProfile(server.operator, {
      keys: { jwksUrl: "https://keys.invalid/jwks.json" },
    });
    await server.services.probes.run(new AbortController().signal);
    expect(await found(await contextOf())).toEqual([["key-set-unavailable", profileId]]);
    const { pem } = await clientKey();
    await server.operator.request(UPDATE_PROFILE, {
      input: { profileId, keys: { publicKeys: [{ pem }] } },
    });
    expect(await found(await contextOf())).toEqual([]);
  });

  test("readable-secrets and management-secret-file, by files", async () => {
    const keyFile = fileWith("key", reference["MASTER_KEY"] ?? "", 0o644);
    const changes = { MASTER_KEY: "", MASTER_KEY_FILE: keyFile };
    const secretFile = fileWith("management-secret", "cmk_…");
    expect(await found(await contextOf(changes))).toEqual([
      ["management-secret-file", secretFile],
      ["readable-secrets", keyFile],
    ]);
    rmSync(secretFile);
  });

  test("wal-huge, by a file", async () => {
    const file = fileWith("countersign.sqlite-wal", "");
    truncateSync(file, 300 * 2 ** 20);
    expect(await found(await contextOf())).toEqual([["wal-huge", file]]);
    rmSync(file);
  });

  test("data-in-container and disk-nearly-full, by the file system", async () => {
    const on = (changes: Partial<FileSystem>) =>
      contextOf({}, { statfs: () => ({ ...roomyDisk(), ...changes }) });
    expect(await found(await on({ type: 0x794c7630 }))).toEqual([["data-in-container", folder]]);
    expect(await found(await on({ bavail: 200_000 }))).toEqual([["disk-nearly-full", folder]]);
  });

  test("no-backup, by a backup that was made eight days ago", async () => {
    const now = new Date(Date.now() + 8 * DAY_MS);
    expect(await found(await contextOf({}, { now }))).toEqual([["no-backup", "backup"]]);
  });

  test("tls-certificate-ends, by a certificate", async () => {
    const { certificateFile, keyFile } = new CertificateFactory(folder).authority("tls");
    const changes = { TLS_CERT_FILE: certificateFile, TLS_KEY_FILE: keyFile };
    expect(await found(await contextOf(changes))).toEqual([]);
    const now = new Date(Date.now() + 1.8 * DAY_MS);
    expect(await found(await contextOf(changes, { now }))).toEqual([
      ["tls-certificate-ends", "TLS_CERT_FILE"],
    ]);
    writeFileSync(keyFile, "");
    expect(await found(await contextOf(changes))).toHaveLength(1);
  });

  test("http-issuer, by a project", async () => {
    // Only a local issuer may use http, and that is no fault.
    await updateProject(server.operator, { issuer: "http://localhost:4000/" });
    expect(await found(await contextOf())).toEqual([]);
    await updateProject(server.operator, { issuer: null });
  });
});
