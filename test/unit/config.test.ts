import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { ConfigError, readConfig } from "../../src/config.js";
import { generateSecret } from "../../src/shared/secrets.js";

const KEY = Buffer.alloc(32, 7).toString("base64url");
const problemsOf = (env: Record<string, string>) => {
  try {
    readConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error("expected problems");
};

describe("the configuration", () => {
  test("has defaults for development", () => {
    expect(readConfig({})).toEqual({
      activityRetentionDays: 30,
      host: "127.0.0.1",
      port: 4000,
      publicUrl: "http://localhost:4000",
      dataDir: "./data",
      databaseUrl: undefined,
      databasePoolSize: 10,
      masterKeys: undefined,
      bootstrapProjectId: undefined,
      bootstrapProjectSecret: undefined,
      bootstrapProjectEnvironment: undefined,
      allowInsecureJwks: false,
      explorer: "graphiql",
      allowsHostedSandbox: true,
      allowedOrigins: [],
      trustedProxies: [],
      tls: undefined,
      workers: 1,
      drainSeconds: 0,
      logLevel: "info",
    });
  });

  test("treats an empty variable as absent", () => {
    expect(readConfig({ PORT: "", DATABASE_URL: "", MASTER_KEY: "" })).toEqual(readConfig({}));
  });

  test.each([
    "*",
    "https://*.example.com",
    "app.example.com",
    "https://app.example.com/",
    "https://app.example.com/keys",
    "https://app.example.com:443",
    "https://App.example.com",
    "https://user@app.example.com",
    "null",
    "capacitor://localhost",
    "https://one.example.com https://two.example.com",
  ])("knows no origin %s", (ALLOWED_ORIGINS) => {
    const { problems } = problemsOf({
      ALLOWED_ORIGINS: `https://good.example.com,${ALLOWED_ORIGINS}`,
    });
    expect(problems).toEqual([
      expect.stringContaining("ALLOWED_ORIGINS: Must be origins such as https://app.example.com"),
    ]);
  });

  test("has both files of TLS or none, and a public URL with https then", () => {
    const files = { TLS_CERT_FILE: "/tls/chain.pem", TLS_KEY_FILE: "/tls/key.pem" };
    const { tls, publicUrl } = readConfig(files);
    expect({ tls, publicUrl }).toEqual({
      tls: { certificateFile: "/tls/chain.pem", keyFile: "/tls/key.pem" },
      publicUrl: "https://localhost:4000",
    });
    expect(problemsOf({ ...files, TLS_KEY_FILE: "" }).problems).toEqual([
      "TLS_KEY_FILE: Is required beside TLS_CERT_FILE",
    ]);
    expect(problemsOf({ ...files, TLS_CERT_FILE: "" }).problems).toEqual([
      "TLS_CERT_FILE: Is required beside TLS_KEY_FILE",
    ]);
  });

  test("is frozen", () => {
    expect(Object.isFrozen(readConfig({}))).toBe(true);
  });

  test("reads variables", () => {
    const second = Buffer.alloc(32, 8).toString("base64url");
    const config = readConfig({
      PORT: "8080",
      HOST: "0.0.0.0",
      PUBLIC_URL: "https://auth.example.com/base//",
      DATABASE_URL: "postgres://user:password@db/countersign",
      DATABASE_POOL_SIZE: "25",
      MASTER_KEY: `${KEY}, ${second}`,
      ALLOW_INSECURE_JWKS: "true",
      LOG_LEVEL: "silent",
    });
    expect(config).toMatchObject({
      port: 8080,
      publicUrl: "https://auth.example.com/base",
      databaseUrl: "postgres://user:password@db/countersign",
      databasePoolSize: 25,
      allowInsecureJwks: true,
      logLevel: "silent",
    });
    expect(config.masterKeys?.map((key) => key[0])).toEqual([7, 8]);
  });

  test("reports all problems at once, without values", () => {
    const { problems, message } = problemsOf({
      PORT: "marker-port",
      PUBLIC_URL: "marker-url",
      DATABASE_URL: "mysql://user:marker-password@db/x",
      DATABASE_POOL_SIZE: "marker-size",
      MASTER_KEY: "marker-key",
      BOOTSTRAP_PROJECT_ID: "marker project",
      BOOTSTRAP_PROJECT_SECRET: "marker-secret",
      ALLOW_INSECURE_JWKS: "marker-yes",
      LOG_LEVEL: "marker-loud",
    });
    expect(problems.map((problem) => problem.split(":")[0])).toEqual([
      "PORT",
      "PUBLIC_URL",
      "DATABASE_URL",
      "DATABASE_POOL_SIZE",
      "MASTER_KEY",
      "BOOTSTRAP_PROJECT_ID",
      "BOOTSTRAP_PROJECT_SECRET",
      "ALLOW_INSECURE_JWKS",
      "LOG_LEVEL",
    ]);
    expect(message).not.toContain("marker");
  });

  test("reads the proxy by its names in lower case first", () => {
    const proxyOf = (env: Record<string, string>) => readConfig(env).proxyEnvironment;
    expect(proxyOf({ NO_PROXY: "example.com" })).toBeUndefined();
    expect(proxyOf({ HTTPS_PROXY: "http://a:1", NO_PROXY: "x" })).toEqual({
      HTTPS_PROXY: "http://a:1",
      NO_PROXY: "x",
    });
    expect(
      proxyOf({ HTTPS_PROXY: "http://a:1", https_proxy: "http://b:1", no_proxy: "*" }),
    ).toEqual({ HTTPS_PROXY: "http://b:1", NO_PROXY: "*" });
    expect(proxyOf({ http_proxy: "http://b:1", HTTPS_PROXY: "" })).toEqual({
      HTTP_PROXY: "http://b:1",
    });
  });

  test.each(["marker:3128", "socks5://user:marker@proxy:1080"])(
    "refuses the proxy %s, without its text",
    (proxy) => {
      const { problems, message } = problemsOf({ https_proxy: proxy });
      expect(problems).toEqual(["HTTPS_PROXY: Must be a URL that begins with http:// or https://"]);
      expect(message).not.toContain("marker");
    },
  );

  test("reads the hosts that key sets may be fetched from, and names a wrong entry", () => {
    expect(readConfig({}).keySetAllowedHosts).toBeUndefined();
    const list = "10.0.0.0/8, *.internal.example";
    expect(readConfig({ KEY_SET_ALLOWED_HOSTS: list }).keySetAllowedHosts).toBeDefined();
    const { problems } = problemsOf({ KEY_SET_ALLOWED_HOSTS: `${list},marker.example/,` });
    expect(problems).toEqual([
      expect.stringMatching(/^KEY_SET_ALLOWED_HOSTS: Entry 3 must be a network such as/),
    ]);
    expect(problems[0]).not.toContain("marker");
  });

  test.each(["-1", "65536", "1.5", "4000x"])("refuses the port %s", (port) => {
    expect(problemsOf({ PORT: port }).problems).toEqual([
      "PORT: Must be a port number, 0 to 65535",
    ]);
  });

  test.each(["0", "1001", "2.5", "ten"])("refuses a pool of %s connections", (size) => {
    expect(problemsOf({ DATABASE_POOL_SIZE: size }).problems).toEqual([
      "DATABASE_POOL_SIZE: Must be a whole number from 1 to 1000",
    ]);
  });

  test.each([KEY.slice(1), `${KEY}A`, `${KEY},short`, `${KEY},`, "*".repeat(43)])(
    "refuses the master key %s",
    (key) => {
      expect(problemsOf({ MASTER_KEY: key }).problems).toEqual([
        expect.stringMatching(
          /^MASTER_KEY: (?:Each key must be 32 bytes in base64 or base64url, such as the output of openssl rand -base64 32|An entry of the list is empty: remove its comma)$/,
        ),
      ]);
    },
  );

  const UNESCAPED = /percent-encoded \(%2F %23 %3F %40 %25\)$/;

  test.each([
    ["a slash", "postgres://user:marker/word@db/x", UNESCAPED],
    ["a slash after digits", "postgres://user:12/marker@db/x", UNESCAPED],
    ["a hash", "postgres://user:marker#word@db/x", UNESCAPED],
    ["a hash after digits", "postgres://user:12#marker@db/x", UNESCAPED],
    ["a question mark", "postgres://user:marker?word@db/x", UNESCAPED],
    ["a question mark after digits", "postgres://user:12?marker@db/x", UNESCAPED],
    ["a per cent sign", "postgres://user:100%marker@db/x", UNESCAPED],
    [
      "an unknown sslmode",
      "postgres://db/x?sslmode=marker",
      /sslmode must be one of disable, allow/,
    ],
    ["verify-ca without a root", "postgres://db/x?sslmode=verify-ca", /needs sslrootcert/],
  ])("refuses %s in DATABASE_URL, without its text", (_what, DATABASE_URL, sentence) => {
    const { problems, message } = problemsOf({ DATABASE_URL });
    expect(problems).toEqual([expect.stringMatching(sentence)]);
    expect(message).not.toContain("marker");
  });

  test.each([
    "postgres://user:p@ss@db/x",
    "postgresql://user:%2F%23%3F%40%25@[::1]:5432/x?application_name=a@b",
    "postgres://user:password@/x?host=/cloudsql/project:region:instance",
    "postgres:///x",
    "postgres://db/x?sslmode=require&channel_binding=require&pgbouncer=true",
  ])("accepts %s as DATABASE_URL", (DATABASE_URL) => {
    expect(readConfig({ DATABASE_URL }).databaseUrl).toBe(DATABASE_URL);
  });

  const DATABASE_URL = "postgres://db/countersign";

  test.each([
    ["1", 1],
    ["2", 2],
    ["64", 64],
    ["auto", availableParallelism()],
  ])("accepts %s workers on PostgreSQL", (text, workers) => {
    expect(readConfig({ WORKERS: text, DATABASE_URL }).workers).toBe(workers);
  });

  test.each(["0", "65", "-1", "1.5", "1e1", "02", "two", "AUTO"])("refuses %s workers", (text) => {
    expect(problemsOf({ WORKERS: text, DATABASE_URL }).problems).toEqual([
      "WORKERS: Must be auto, or a whole number from 1 to 64",
    ]);
  });

  test("allows one process only on SQLite", () => {
    for (const text of ["1", "auto"]) expect(readConfig({ WORKERS: text }).workers).toBe(1);
    expect(problemsOf({ WORKERS: "2" }).problems).toEqual([
      "WORKERS: The embedded SQLite database allows one process: set DATABASE_URL to run several",
    ]);
  });

  test("accepts up to 600 seconds of draining", () => {
    expect(readConfig({ DRAIN_SECONDS: "600" }).drainSeconds).toBe(600);
    for (const text of ["-1", "601", "1.5", "5s"]) {
      expect(problemsOf({ DRAIN_SECONDS: text }).problems).toEqual([
        "DRAIN_SECONDS: Must be a whole number from 0 to 600",
      ]);
    }
  });

  test("accepts a master key in base64 too", () => {
    const key = Buffer.alloc(32, 0xfb);
    for (const encoding of ["base64", "base64url"] as const) {
      const { masterKeys } = readConfig({ MASTER_KEY: key.toString(encoding) });
      expect(masterKeys?.map((bytes) => Buffer.from(bytes))).toEqual([key]);
    }
  });

  describe("in production", () => {
    const PUBLIC_URL = "https://auth.example.com";
    const MASTER_KEY = "Kx0n2ZrQb1m8wPZ4gq5hYt7uE3dVJcA9LsIfRoXNyTk";
    const production = { NODE_ENV: "production", MASTER_KEY, PUBLIC_URL };
    const PROBLEMS = {
      NO_KEY: "Is required when NODE_ENV=production, such as the output of openssl rand -base64 32",
      NO_URL: "Is required when NODE_ENV=production, such as https://auth.example.com",
      HTTP: "Must begin with https:// when NODE_ENV=production, unless ALLOW_INSECURE_HTTP=true",
      PREDICTABLE_KEY:
        "Must be random when NODE_ENV=production, such as the output of openssl rand -base64 32",
      PREDICTABLE_SECRET:
        "Must be random when NODE_ENV=production, such as the output of openssl rand -hex 32",
      JWKS: "Must not be true when NODE_ENV=production",
    };

    test("is complete with a master key and a public URL with https", () => {
      expect(readConfig(production)).toMatchObject({ publicUrl: PUBLIC_URL });
    });

    test.each([
      ["MASTER_KEY", "", PROBLEMS.NO_KEY],
      ["PUBLIC_URL", "", PROBLEMS.NO_URL],
      ["MASTER_KEY", KEY, PROBLEMS.PREDICTABLE_KEY],
      ["MASTER_KEY", `${MASTER_KEY},${KEY}`, PROBLEMS.PREDICTABLE_KEY],
      ["PUBLIC_URL", "http://auth.example.com", PROBLEMS.HTTP],
      ["ALLOW_INSECURE_JWKS", "true", PROBLEMS.JWKS],
      ["BOOTSTRAP_PROJECT_SECRET", "a".repeat(32), PROBLEMS.PREDICTABLE_SECRET],
      ["BOOTSTRAP_PROJECT_SECRET", "changeme".repeat(5), PROBLEMS.PREDICTABLE_SECRET],
      [
        "BOOTSTRAP_PROJECT_SECRET",
        "abcdefghijklmnopqrstuvwxyzABCDEFGH",
        PROBLEMS.PREDICTABLE_SECRET,
      ],
    ])("refuses %s=%s", (name, value, message) => {
      expect(problemsOf({ ...production, [name]: value }).problems).toEqual([
        `${name}: ${message}`,
      ]);
    });

    test.each([
      ["MASTER_KEY", KEY],
      ["BOOTSTRAP_PROJECT_SECRET", "a".repeat(32)],
    ])("accepts as %s what the command makes that the refusal names", (name, predictable) => {
      const [problem = ""] = problemsOf({ ...production, [name]: predictable }).problems;
      const [, encoding] = /openssl rand -(base64|hex) 32$/.exec(problem) ?? [];
      const generated = randomBytes(32).toString(encoding as "base64" | "hex");
      expect(readConfig({ ...production, [name]: generated })).toBeDefined();
    });

    test("accepts a public URL with http if it is allowed", () => {
      const insecure = { ...production, PUBLIC_URL: "http://auth.internal" };
      const config = readConfig({ ...insecure, ALLOW_INSECURE_HTTP: "true" });
      expect(config.publicUrl).toBe("http://auth.internal");
    });

    test("accepts generated secrets", () => {
      for (const secret of [
        generateSecret("cmk"),
        randomBytes(16).toString("hex"),
        randomBytes(32).toString("base64"),
        "40275819361170459283649185730266",
      ]) {
        const config = readConfig({ ...production, BOOTSTRAP_PROJECT_SECRET: secret });
        expect(config.bootstrapProjectSecret).toBe(secret);
      }
    });

    test("reports what production forbids together with all other problems", () => {
      const { problems } = problemsOf({
        NODE_ENV: "production",
        PORT: "none",
        PUBLIC_URL: "http://auth.example.com",
        ALLOW_INSECURE_JWKS: "true",
        BOOTSTRAP_PROJECT_SECRET: "a".repeat(32),
        LOG_LEVEL: "loud",
      });
      expect(problems.map((problem) => problem.split(":")[0]).sort()).toEqual([
        "ALLOW_INSECURE_JWKS",
        "BOOTSTRAP_PROJECT_SECRET",
        "LOG_LEVEL",
        "MASTER_KEY",
        "PORT",
        "PUBLIC_URL",
      ]);
    });

    test.each(["prod", "Production", "PRODUCTION", "production ", "live"])(
      "takes NODE_ENV=%j for a mistake",
      (NODE_ENV) => {
        expect(problemsOf({ ...production, NODE_ENV }).problems).toEqual([
          "NODE_ENV: Looks like production: write it production, because nothing else turns on the checks for it",
        ]);
      },
    );

    test.each(["development", "test", "staging"])(
      "knows NODE_ENV=%s as something else",
      (NODE_ENV) => {
        expect(readConfig({ NODE_ENV }).explorer).toBe("graphiql");
      },
    );

    test("has no explorer unless it is asked for", () => {
      expect(readConfig(production).explorer).toBe("off");
      expect(readConfig({ ...production, EXPLORER: "sandbox" }).explorer).toBe("sandbox");
      expect(readConfig({ EXPLORER: "off" }).explorer).toBe("off");
      expect(problemsOf({ EXPLORER: "voyager" }).problems).toEqual([
        "EXPLORER: Must be one of graphiql, sandbox, off",
      ]);
    });

    test("lets Apollo's hosted Sandbox call the API only outside of production, beside an explorer", () => {
      const allows = (env: Record<string, string>) => readConfig(env).allowsHostedSandbox;
      expect([allows({}), allows({ EXPLORER: "sandbox" })]).toEqual([true, true]);
      expect(allows({ EXPLORER: "off" })).toBe(false);
      for (const EXPLORER of ["graphiql", "sandbox"]) {
        expect(allows({ ...production, EXPLORER })).toBe(false);
      }
    });

    test("lets only pages call the API that nobody on the way can change", () => {
      const read = (ALLOWED_ORIGINS: string) =>
        readConfig({ ...production, ALLOWED_ORIGINS }).allowedOrigins;
      expect(read("https://app.example.com, http://localhost:5173")).toEqual([
        "https://app.example.com",
        "http://localhost:5173",
      ]);
      const ALLOWED_ORIGINS = "https://app.example.com,http://intranet.example.com";
      expect(problemsOf({ ...production, ALLOWED_ORIGINS }).problems).toEqual([
        "ALLOWED_ORIGINS: Must begin with https:// when NODE_ENV=production, except on localhost",
      ]);
      expect(readConfig({ ALLOWED_ORIGINS }).allowedOrigins).toHaveLength(2);
    });

    test("requires a public URL even if http is allowed", () => {
      const env = { ...production, PUBLIC_URL: "", ALLOW_INSECURE_HTTP: "true" };
      expect(problemsOf(env).problems).toEqual([`PUBLIC_URL: ${PROBLEMS.NO_URL}`]);
    });
  });

  test.each(["TEST", "LIVE"])("takes %s as environment of the first project", (environment) => {
    const config = readConfig({ BOOTSTRAP_PROJECT_ENVIRONMENT: environment });
    expect(config.bootstrapProjectEnvironment).toBe(environment);
  });

  test("refuses another environment of the first project", () => {
    expect(problemsOf({ BOOTSTRAP_PROJECT_ENVIRONMENT: "live" }).problems).toEqual([
      "BOOTSTRAP_PROJECT_ENVIRONMENT: Must be TEST or LIVE",
    ]);
  });

  describe("of secrets", () => {
    let folder: string;

    beforeEach(() => {
      folder = mkdtempSync(path.join(tmpdir(), "countersign-config-"));
    });

    afterEach(() => {
      rmSync(folder, { recursive: true });
    });

    const fileWith = (text: string) => {
      const file = path.join(folder, "secret");
      writeFileSync(file, text);
      return file;
    };

    test.each([
      ["MASTER_KEY", `${KEY}\n`, { masterKeys: [new Uint8Array(32).fill(7)] }],
      ["DATABASE_URL", `${DATABASE_URL}\r\n`, { databaseUrl: DATABASE_URL }],
      ["BOOTSTRAP_PROJECT_SECRET", "s".repeat(32), { bootstrapProjectSecret: "s".repeat(32) }],
    ])("reads %s from a file", (name, text, expected) => {
      expect(readConfig({ [`${name}_FILE`]: fileWith(text) })).toMatchObject(expected);
    });

    test("judges what a file holds like a variable", () => {
      expect(problemsOf({ MASTER_KEY_FILE: fileWith("short") }).problems).toEqual([
        "MASTER_KEY_FILE: Each key must be 32 bytes in base64 or base64url, such as the output of openssl rand -base64 32",
      ]);
    });

    test("refuses an empty and a missing file, and a file beside the variable itself", () => {
      const missing = path.join(folder, "missing");
      expect(problemsOf({ DATABASE_URL_FILE: fileWith("\n") }).problems).toEqual([
        "DATABASE_URL_FILE: The file is empty: write the secret into it",
      ]);
      expect(problemsOf({ DATABASE_URL_FILE: missing }).problems).toEqual([
        "DATABASE_URL_FILE: The file cannot be read (ENOENT): correct its path, or create it",
      ]);
      expect(problemsOf({ MASTER_KEY: KEY, MASTER_KEY_FILE: fileWith(KEY) }).problems).toEqual([
        "MASTER_KEY_FILE: Set MASTER_KEY or MASTER_KEY_FILE, not both",
      ]);
    });
  });

  test.each([
    "https://auth.example.com/a?b",
    "https://auth.example.com/a#b",
    "https://user@auth.example.com",
    "https://auth.example.com/a//b",
  ])("refuses %s as PUBLIC_URL", (PUBLIC_URL) => {
    expect(() => readConfig({ PUBLIC_URL })).toThrow(
      /PUBLIC_URL: Must have a host and at most a path/,
    );
  });
});
