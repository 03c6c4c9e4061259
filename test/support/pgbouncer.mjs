import { execFileSync, spawn } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";

/** Debian installs it beside the daemons, which are not on everybody's path. */
const PROGRAM = (process.env.PATH ?? "")
  .split(path.delimiter)
  .concat("/usr/sbin", "/usr/local/sbin", "/opt/homebrew/bin")
  .map((folder) => path.join(folder, "pgbouncer"))
  .find((file) => existsSync(file));

/** What is missing, and how to get it; null: nothing. */
export const missingPgBouncer = PROGRAM ? null : "pgbouncer is missing (apt-get install pgbouncer)";

/**
 * Starts PgBouncer in transaction mode in front of a PostgreSQL server.
 * @param {string} server URL of the server
 * @param {Record<string, string | number>} [settings] settings of PgBouncer in place of those here
 * @returns {Promise<{ url: string; stop(): Promise<void> }>} url: of the same database, through PgBouncer
 */
export async function startPgBouncer(server, settings = {}) {
  if (!PROGRAM) throw new Error(missingPgBouncer ?? "");
  const folder = mkdtempSync(path.join(tmpdir(), "countersign-pgbouncer-"));
  chmodSync(folder, 0o755);
  const { hostname, port, username } = new URL(server);
  const ownPort = await freePort();
  const configuration = {
    listen_addr: "127.0.0.1",
    listen_port: ownPort,
    unix_socket_dir: "",
    auth_type: "any",
    pool_mode: "transaction",
    default_pool_size: 8,
    max_client_conn: 500,
    // Closes connections to databases that tests drop.
    server_idle_timeout: 5,
    ...settings,
  };
  const lines = Object.entries(configuration).map(([name, value]) => `${name} = ${value}`);
  const file = path.join(folder, "pgbouncer.ini");
  const target = `* = host=${hostname} port=${port} user=${username}`;
  writeFileSync(file, `[databases]\n${target}\n[pgbouncer]\n${lines.join("\n")}\n`);
  // It refuses to run as root.
  const ids = process.getuid?.() === 0 ? { uid: idOfNobody("-u"), gid: idOfNobody("-g") } : {};
  const child = spawn(PROGRAM, [file], { ...ids, stdio: ["ignore", "ignore", "pipe"] });
  const exited = new Promise((resolve) => child.once("exit", resolve));
  let log = "";
  await new Promise((resolve, reject) => {
    child.stderr.on("data", (chunk) => {
      log += chunk;
      if (log.includes("process up")) resolve(undefined);
    });
    child.once("error", reject);
    void exited.then(() => reject(new Error(`pgbouncer did not start:\n${log}`)));
  });
  const url = new URL(server);
  url.port = String(ownPort);
  return {
    url: url.href,
    stop: async () => {
      child.kill("SIGTERM");
      await exited;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** @param {"-u" | "-g"} flag */
const idOfNobody = (flag) => Number(execFileSync("id", [flag, "nobody"], { encoding: "utf8" }));

/** @returns {Promise<number>} */
function freePort() {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, "127.0.0.1", () => {
      const address = /** @type {import("node:net").AddressInfo} */ (server.address());
      server.close(() => resolve(address.port));
    });
  });
}
