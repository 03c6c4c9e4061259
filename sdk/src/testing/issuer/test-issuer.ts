import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { decodeJwt } from "jose";
import { issuerUrl } from "../../../../src/projects/issuer-location.js";
import { validate } from "../../../../src/shared/validation.js";
import { belowIssuer } from "../../shared/issuer-url.js";
import type { TestApi, TestClient, TestClientChange, TestIssuerSetup } from "../setup.js";
import type {
  TestClientCredentials,
  TestIssuer,
  TestSessionRequest,
  TestTokenRequest,
} from "../test-issuer.js";
import { addApi } from "./apis.js";
import { addClient, changeClient, deleteClient, revokeClientTokens } from "./clients.js";
import { MovableClock } from "./clock.js";
import { type Endpoints, mountEndpoints } from "./endpoints.js";
import { Faults, faultyAnswer } from "./faults.js";
import { Forge } from "./forge.js";
import type { IncomingRequest, OutgoingAnswer } from "./http.js";
import { installFetch } from "./installed-fetch.js";
import { listenOn } from "./listener.js";
import { buildProject } from "./project.js";
import type { Records } from "./records.js";
import { refusing, toSetupRefused } from "./refusals.js";
import { RequestLog } from "./request-log.js";
import { rotateSecret } from "./secret-rotation.js";
import { createServices, type Services } from "./services.js";
import { buildSession } from "./sessions.js";
import { SigningKeys } from "./signing-keys.js";
import { issueToken } from "./tokens.js";

const DEFAULT_AUDIENCE = "https://api.test";

export class IssuerOfTests implements TestIssuer {
  readonly clock: MovableClock;
  readonly faults: Faults;
  readonly forge: Forge;
  readonly #records: Records;
  readonly #signingKeys: SigningKeys;
  readonly #services: Services;
  readonly #log = new RequestLog();
  #endpoints: Endpoints;
  #server: Server | null = null;
  #closing = new AbortController();
  #uninstall = () => {};

  constructor(private readonly setup: TestIssuerSetup) {
    this.clock = new MovableClock(setup.clock);
    this.faults = new Faults(setup.faults);
    this.#records = {
      project: refusing(() => buildProject(setup, this.clock.now())),
      apis: new Map(),
      clients: new Map(),
      secrets: new Map(),
      grants: new Map(),
      revokedTokenIds: new Set(),
    };
    this.#signingKeys = new SigningKeys(setup.signingKeys ?? []);
    this.#services = createServices(this.#records, this.#signingKeys, this.clock);
    this.#endpoints = mountEndpoints(this.#services, this.issuer, this.projectId);
    this.forge = new Forge({
      signingKeys: this.#signingKeys,
      projectId: this.projectId,
      issueToken: (request) => this.issueToken(request),
      sessionJwt: () => this.issueSessionJwt({ memberId: "member_test" }),
    });
    for (const api of apisOf(setup)) this.addApi(api);
    for (const client of setup.clients ?? []) this.addClient(client);
  }

  get issuer(): string {
    return this.#records.project.issuer;
  }

  get projectId(): string {
    return this.#records.project.projectId;
  }

  get jwksUrl(): string {
    return belowIssuer(this.issuer, "/.well-known/jwks.json");
  }

  get tokenEndpoint(): string {
    return belowIssuer(this.issuer, "/oauth/token");
  }

  get requests() {
    return this.#log.requests;
  }

  addApi(api: TestApi): void {
    refusing(() => addApi(this.#records, api, this.clock.now()));
  }

  addClient(client: TestClient = {}): TestClientCredentials {
    return refusing(() => addClient(this.#records, client, this.clock.now()));
  }

  updateClient(clientId: string, change: TestClientChange): void {
    refusing(() => changeClient(this.#records, clientId, change, this.clock.now()));
  }

  deleteClient(clientId: string): void {
    deleteClient(this.#records, clientId);
  }

  rotateSecret(clientId: string, options = {}): string {
    return refusing(() => rotateSecret(this.#records, clientId, options, this.clock.now()));
  }

  async rotateSigningKey(): Promise<void> {
    await this.#publishKeys();
    await this.#signingKeys.rotate();
  }

  dropFormerKeys(): void {
    this.#signingKeys.dropFormer();
  }

  async issueToken(request: TestTokenRequest = {}): Promise<string> {
    try {
      return await issueToken(this.#services, this.#records, request, this.clock.now());
    } catch (error) {
      throw toSetupRefused(error);
    }
  }

  async issueSessionJwt(request: TestSessionRequest): Promise<string> {
    const contents = refusing(() => buildSession(this.projectId, request, this.clock.now()));
    return this.#services.sessionJwts.prepare(contents, this.#records.project)();
  }

  revokeToken(accessToken: string): void {
    this.#records.revokedTokenIds.add(decodeJwt(accessToken).jti ?? "");
  }

  revokeClientTokens(clientId: string): void {
    refusing(() => revokeClientTokens(this.#records, clientId, this.clock.now()));
  }

  readonly fetch: typeof globalThis.fetch = async (input, init) => {
    const request = new Request(input, init);
    const { origin, pathname, search, host } = new URL(request.url);
    if (!this.#isOwn(origin, pathname)) {
      throw failed("ECONNREFUSED", `nothing answers at ${origin}`);
    }
    const incoming = {
      method: request.method,
      url: pathname + search,
      host,
      headers: Object.fromEntries(request.headers),
      body: await request.text(),
    };
    const answer = await this.#answer(incoming, request.signal);
    if (answer === null) throw failed("ECONNRESET", "the connection broke");
    return new Response(answer.body === "" ? null : answer.body, answer);
  };

  install(): () => void {
    this.#uninstall();
    this.#uninstall = installFetch(this.fetch, (url) => this.#isOwn(url.origin, url.pathname));
    return () => this.#uninstall();
  }

  async listen(port = 0): Promise<string> {
    if (this.#server) throw new Error("The issuer listens already");
    this.#server = await listenOn(port, (request) => this.#answer(request));
    const { port: actual } = this.#server.address() as AddressInfo;
    const address = `http://localhost:${actual}`;
    if (this.setup.issuer === undefined) {
      this.#records.project.issuer = validate(issuerUrl, address);
    }
    return address;
  }

  async close(): Promise<void> {
    this.#uninstall();
    this.#closing.abort();
    this.#closing = new AbortController();
    const server = this.#server;
    this.#server = null;
    if (!server) return;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }

  #isOwn(origin: string, pathname: string): boolean {
    return origin === new URL(this.issuer).origin && this.#endpoints.router.has(pathname);
  }

  /** @returns null: the connection breaks */
  async #answer(
    request: IncomingRequest,
    signal = this.#closing.signal,
  ): Promise<OutgoingAnswer | null> {
    const [path = ""] = request.url.split("?");
    const fault = this.faults.next(this.#endpoints.endpointOf(path));
    if (fault?.delayMs) await delay(fault.delayMs, AbortSignal.any([signal, this.#closing.signal]));
    signal.throwIfAborted();
    await this.#publishKeys();
    const answer = () => this.#endpoints.router.answer(request);
    const sent = fault?.networkError
      ? null
      : await (fault ? faultyAnswer(fault, answer) : answer());
    this.#log.add(this.clock.now(), request, sent?.status ?? 0);
    return sent;
  }

  /** The keys of all algorithms in use are in the key set before they sign. */
  async #publishKeys(): Promise<void> {
    const { project, apis } = this.#records;
    const algorithms = [...apis.values()].map((api) => api.signingAlgorithm);
    const used = [project.signingAlgorithm, ...algorithms].filter((name) => name !== null);
    await Promise.all(used.map((algorithm) => this.#signingKeys.of(algorithm)));
  }
}

function apisOf({ scopes, audience, apis }: TestIssuerSetup): readonly TestApi[] {
  if (scopes === undefined && audience === undefined) return apis ?? [];
  const short = { identifier: audience ?? DEFAULT_AUDIENCE, scopes: scopes ?? [] };
  return [short, ...(apis ?? [])];
}

/** As `fetch` of Node.js fails. */
function failed(code: string, message: string): TypeError {
  return new TypeError("fetch failed", { cause: Object.assign(new Error(message), { code }) });
}

/** By the global timer, which fake timers move. */
async function delay(milliseconds: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}
