import { randomBytes } from "node:crypto";
import pg from "pg";

/**
 * Creates a database on the server and returns its URL.
 * @param {string} server
 * @param {string} [template] the URL of the database of the database to copy
 * @returns {Promise<string>}
 */
export async function createDatabase(server, template) {
  const url = new URL(server);
  url.pathname = `/test_${randomBytes(6).toString("hex")}`;
  const fromTemplate = template ? ` TEMPLATE ${nameIn(template)}` : "";
  await administer(server, `CREATE DATABASE ${nameIn(url.href)}${fromTemplate}`);
  return url.href;
}

/** @param {string} server @param {string} url */
export async function dropDatabase(server, url) {
  await administer(server, `DROP DATABASE ${nameIn(url)} WITH (FORCE)`);
}

/** @param {string} url */
const nameIn = (url) => new URL(url).pathname.slice(1);

/** @param {string} server @param {string} sql */
async function administer(server, sql) {
  const client = new pg.Client(server);
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
