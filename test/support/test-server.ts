import { randomBytes } from "node:crypto";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { type ApplicationOptions, startApplication } from "../../src/application.js";
import { constantCase } from "../../src/graphql-types/graphql-enum.js";
import { ROUTES, type Routes } from "../../src/http/allowed-methods.js";
import type { Services } from "../../src/services.js";
import { systemCaller } from "../../src/shared/caller.js";
import type { Clock } from "../../src/shared/clock.js";
import type { Permission } from "../../src/shared/permissions.js";
import { migratedDatabase } from "./database.js";
import { FrozenClock } from "./frozen-clock.js";
import { basicAuthorization, GraphqlClient } from "./graphql-client.js";
import { JudgedTraffic } from "./judged-traffic.js";
import { keyPair } from "./key-pairs.js";

export const PUBLIC_URL = "https://auth.example.test";

export interface TestServer {
  /** URL that it listens on. Its issuers begin with PUBLIC_URL instead. */
  url: string;
  projectId: string;
  managementSecret: string;
  /** Authenticates with a management key that has every permission. */
  operator: GraphqlClient;
  /** Sends no credentials. */
  anonymous: GraphqlClient;
  /** Authenticates with another management key. */
  withKey(projectId: string, secret: string): GraphqlClient;
  /** Creates a second project, with a key that has every permission. */
  otherProject(): Promise<{ projectId: string; operator: GraphqlClient }>;
  /** Creates a key of the first project with these permissions only. */
  keyWith(...permissions: Permission[]): Promise<GraphqlClient>;
  clock: FrozenClock;
  services: Services;
  /** Its requests and answers; `stop` throws if docs/reference/openapi.json does not describe them. */
  traffic: JudgedTraffic;
  /** Methods and path of each route. */
  routes(): string[];
  /** The whole log so far. */
  logs(): string;
  /** Restarts the server on the same database; with its previous options if that fails. */
  restart(overrides?: Partial<ApplicationOptions>): Promise<void>;
  /** Starts a second server on the same database; null on SQLite, which allows one process only. */
  secondInstance(overrides?: Partial<ApplicationOptions>): Promise<SecondInstance | null>;
  stop(): Promise<void>;
}

export type SecondInstance = ServerUnderTest & Pick<TestServer, "operator" | "services" | "stop">;

/** A server that runs in this process or in another one. */
export type ServerUnderTest = Pick<TestServer, "url" | "projectId" | "anonymous"> & {
  clock: Clock;
};

/** Starts the real server on a free port, with a database of its own and a frozen clock. */
export async function startTestServer(
  overrides: Partial<ApplicationOptions> = {},
): Promise<TestServer> {
  const database = await migratedDatabase();
  const clock = new FrozenClock();
  let log = "";
  const options: ApplicationOptions = {
    host: "127.0.0.1",
    port: 0,
    publicUrl: PUBLIC_URL,
    database: database.location,
    masterKeys: [new Uint8Array(randomBytes(32))],
    clock,
    generateKeyPair: keyPair,
    bcryptCost: 4,
    allowInsecureJwks: false,
    explorer: "graphiql",
    explorerFolder: path.resolve("explorer/dist"),
    allowsHostedSandbox: false,
    trustedProxies: [],
    logLevel: "debug",
    logStream: {
      write: (line) => {
        log += line;
      },
    },
    bootstrapProjectId: undefined,
    bootstrapProjectSecret: undefined,
    bootstrapProjectEnvironment: undefined,
    ...overrides,
  };
  const traffic = new JudgedTraffic();
  const start = async (startOptions: ApplicationOptions) => {
    const application = await startApplication(startOptions);
    traffic.observe(application.app.server);
    return application;
  };
  let running = await start(options);
  let lastOptions = options;
  const { projectId, generatedSecret } = running.firstProject ?? { projectId: "" };
  const managementSecret = generatedSecret ?? overrides.bootstrapProjectSecret ?? "";
  const urlOf = ({ app } = running) =>
    `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
  const clientFor = (id: string, secret: string) =>
    new GraphqlClient(urlOf(), basicAuthorization(id, secret));
  const server: TestServer = {
    url: urlOf(),
    projectId,
    managementSecret,
    operator: clientFor(projectId, managementSecret),
    anonymous: new GraphqlClient(urlOf(), null),
    withKey: clientFor,
    clock,
    services: running.services,
    traffic,
    routes: () =>
      running.app
        .getDecorator<Routes>(ROUTES)
        .map(({ url, allowed }) => `${allowed.join(", ")} ${url}`),
    logs: () => log,
    otherProject: async () => {
      const { project, secret } = await running.services.projectAdministration.create(
        systemCaller(projectId),
        { name: "Other", environment: "TEST" },
      );
      return { projectId: project.projectId, operator: clientFor(project.projectId, secret ?? "") };
    },
    keyWith: async (...permissions) => {
      const data = await server.operator.request(
        `mutation ($input: CreateManagementKeyInput!) { createManagementKey(input: $input) { secret } }`,
        {
          input: {
            name: permissions.join(" ").slice(0, 100),
            permissions: permissions.map(constantCase),
          },
        },
      );
      return clientFor(projectId, data.createManagementKey.secret);
    },
    restart: async (changes = {}) => {
      await running.close();
      const next = { ...options, ...changes };
      running = await start(next).catch(async (error: unknown) => {
        running = await start(lastOptions);
        throw error;
      });
      lastOptions = next;
      server.url = urlOf();
      server.services = running.services;
      server.operator = clientFor(projectId, managementSecret);
      server.anonymous = new GraphqlClient(urlOf(), null);
    },
    secondInstance: async (changes = {}) => {
      if ("file" in database.location) return null;
      const secondInstance = await start({ ...options, ...changes });
      const url = urlOf(secondInstance);
      const { services, close } = secondInstance;
      return {
        url,
        projectId,
        clock: changes.clock ?? clock,
        operator: new GraphqlClient(url, basicAuthorization(projectId, managementSecret)),
        anonymous: new GraphqlClient(url, null),
        services,
        stop: close,
      };
    },
    stop: async () => {
      await running.close();
      await database.drop();
      await traffic.assertDescribed();
    },
  };
  return server;
}
