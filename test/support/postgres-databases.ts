import { randomBytes } from "node:crypto";
import { Client } from "pg";

/**
 * A new database of the server.
 * @param template the URL of the database that it becomes a copy of
 */
export async function createDatabase(server: string, template?: string): Promise<string> {
  const url = new URL(server);
  url.pathname = `/test_${randomBytes(6).toString("hex")}`;
  const origin = template ? ` TEMPLATE ${nameOf(template)}` : "";
  await administer(server, `CREATE DATABASE ${nameOf(url.href)}${origin}`);
  return url.href;
}

export async function dropDatabase(server: string, url: string): Promise<void> {
  await administer(server, `DROP DATABASE ${nameOf(url)} WITH (FORCE)`);
}

const nameOf = (url: string) => new URL(url).pathname.slice(1);

async function administer(server: string, sql: string): Promise<void> {
  const client = new Client(server);
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
