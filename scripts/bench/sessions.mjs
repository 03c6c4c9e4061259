// Fills a real server with 100 and then with 100,000 live sessions, and compares what one
// authenticateSession takes at both sizes. On SQLite, or on the database of DATABASE_URL, which
// must be empty: npm run bench:sessions, npm run with-postgres -- npm run bench:sessions
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { build } from "../build.mjs";

const SIZES = [100, 100_000];
const SESSIONS_PER_MEMBER = 10;
const ROWS_PER_INSERT = 500;
const WARM_UP = 800;
const MEASURED = 500;

const QUERY = `mutation ($input: AuthenticateSessionInput!) {
  authenticateSession(input: $input) { session { sessionId } }
}`;

await build({ ifNeeded: true });
const load = (file) => import(new URL(`../../dist/src/${file}`, import.meta.url).href);
const { startApplication } = await load("application.js");
const { systemCaller } = await load("shared/caller.js");
const { systemClock } = await load("shared/clock.js");
const { newId } = await load("shared/ids.js");
const { generateSecret, hashSecret } = await load("shared/secrets.js");
const { Member } = await load("organizations/member.entity.js");
const { Session } = await load("sessions/session.entity.js");

const folder = mkdtempSync(path.join(tmpdir(), "countersign-bench-"));
const url = process.env.DATABASE_URL;
const server = await startApplication({
  host: "127.0.0.1",
  port: 0,
  publicUrl: "http://localhost",
  database: url ? { url } : { file: path.join(folder, "bench.sqlite") },
  masterKeys: [new Uint8Array(randomBytes(32))],
  clock: systemClock,
  allowInsecureJwks: false,
  trustedProxies: [],
  logLevel: "silent",
});
try {
  await run(server);
} finally {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
}

async function run({ app, services }) {
  const { projectId } = await services.projectStore.findDefault();
  const organization = await services.organizationStore.getOrCreateDefault(systemCaller(projectId));
  const tokens = [];
  const results = [];
  for (const size of SIZES) {
    await fill(services.unitOfWork, organization, size, tokens);
    await measure(app, tokens, WARM_UP);
    const taken = await measure(app, tokens, MEASURED);
    results.push(taken);
    print(`${size} sessions`, `${taken.cpu.toFixed(3)} ms`, `${taken.wall.toFixed(3)} ms`);
  }
  const [small, large] = results;
  const ratio = (kind) => (large[kind] / small[kind]).toFixed(2);
  print("ratio", ratio("cpu"), ratio("wall"));
}

function print(what, cpu, wall) {
  console.log(`${what.padEnd(18)} median CPU ${cpu.padStart(9)}   median wall ${wall.padStart(9)}`);
}

/** Members and live sessions in bulk, until there are so many; their tokens are added to `tokens`. */
async function fill(unitOfWork, { projectId, organizationId }, size, tokens) {
  const now = new Date();
  const expiresAt = new Date(now.getTime() + 3600_000);
  while (tokens.length < size) {
    const count = Math.min(ROWS_PER_INSERT, size - tokens.length);
    const members = Array.from({ length: Math.ceil(count / SESSIONS_PER_MEMBER) }, () => {
      const memberId = newId("member");
      const emailAddress = `${memberId}@example.com`.toLowerCase();
      return {
        ...{ projectId, organizationId, memberId, emailAddress, normalizedEmail: emailAddress },
        ...{ name: null, normalizedName: "", externalId: null, roles: [], status: "ACTIVE" },
        ...{ trustedMetadata: {}, createdAt: now, updatedAt: now, version: 1 },
      };
    });
    const fresh = Array.from({ length: count }, () => generateSecret("cst"));
    const sessions = fresh.map((token, index) => ({
      ...{ projectId, organizationId, sessionId: newId("session"), tokenHash: hashSecret(token) },
      memberId: members[Math.floor(index / SESSIONS_PER_MEMBER)].memberId,
      ...{ startedAt: now, lastAccessedAt: now, expiresAt, revokedAt: null },
      ...{ customClaims: {}, authenticationFactors: [] },
    }));
    await unitOfWork.write(async (manager) => {
      await manager.insert(Member, members);
      await manager.insert(Session, sessions);
    });
    tokens.push(...fresh);
  }
}

/** The median times in milliseconds of one operation, each on a session picked at random. */
async function measure(app, tokens, times) {
  const cpu = [];
  const wall = [];
  for (let count = 0; count < times; count++) {
    const sessionToken = tokens[Math.floor(Math.random() * tokens.length)];
    const request = {
      method: "POST",
      url: "/graphql",
      headers: { "content-type": "application/json" },
      payload: JSON.stringify({
        query: QUERY,
        variables: { input: { credential: { sessionToken } } },
      }),
    };
    const startedAt = performance.now();
    const before = process.cpuUsage();
    const response = await app.inject(request);
    const { user, system } = process.cpuUsage(before);
    wall.push(performance.now() - startedAt);
    cpu.push((user + system) / 1000);
    if (response.json().errors) throw new Error(response.body);
  }
  return { cpu: median(cpu), wall: median(wall) };
}

function median(values) {
  return values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
}
