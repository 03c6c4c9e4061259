import type { TestFaultControl } from "./faults.js";
import type { TestForge } from "./forge.js";
import type { TestApi, TestClient, TestClientChange } from "./setup.js";

/** The time of the issuer. The SDK reads the computer's clock: your fake timers, if you have any, move both. */
export interface TestClock {
  now(): Date;
  advance(seconds: number): void;
  /** Stops the clock at this time. */
  set(time: Date | string): void;
}

export interface TestClientCredentials {
  clientId: string;
  /** Null: a client with keys has none. */
  clientSecret: string | null;
}

/** A token as a client would get it. */
export interface TestTokenRequest {
  /** Default: a client of its own that has these scopes. */
  clientId?: string;
  /** Default: the identifier of the issuer's only API. */
  audience?: string;
  /** Default: all that the client has. */
  scopes?: readonly string[];
  /** Claims beside the server's own, in place of the claims template's: what a template may not set is refused. */
  claims?: Readonly<Record<string, unknown>>;
  /** Parameters of the token request that claims templates name as `request.x`. */
  parameters?: Readonly<Record<string, string>>;
  /** Thumbprint of the key that the token is bound to (RFC 9449 section 6.1). */
  dpopKeyThumbprint?: string;
}

/** A session of a member as a session JWT tells it. */
export interface TestSessionRequest {
  memberId: string;
  /** Default: `organization_test`. */
  organizationId?: string;
  roles?: readonly string[];
  emailAddress?: string;
  name?: string;
  trustedMetadata?: Readonly<Record<string, unknown>>;
  /** The session's own claims. */
  claims?: Readonly<Record<string, unknown>>;
}

/** A request that the issuer has answered. */
export interface TestRequest {
  at: Date;
  method: string;
  path: string;
  /** Of the body, without secrets, tokens and assertions. */
  parameters: Readonly<Record<string, string>>;
  /** That authenticated, or tried to; absent: none. */
  clientId?: string;
  /** 0: the connection broke. */
  status: number;
}

/**
 * An issuer in the process of your tests. It refuses what the server refuses: it is made of the server's own rules
 * (ADR 0035).
 */
export interface TestIssuer {
  readonly issuer: string;
  readonly projectId: string;
  readonly jwksUrl: string;
  readonly tokenEndpoint: string;
  readonly clock: TestClock;
  readonly faults: TestFaultControl;
  /** The latest 1000, oldest first. */
  readonly requests: readonly TestRequest[];
  /** Tokens that verifiers must refuse. */
  readonly forge: TestForge;
  /** @throws SetupRefused */
  addApi(api: TestApi): void;
  /** @throws SetupRefused */
  addClient(client?: TestClient): TestClientCredentials;
  /** @throws SetupRefused */
  updateClient(clientId: string, change: TestClientChange): void;
  deleteClient(clientId: string): void;
  /**
   * Gives the client a new secret, as `rotateSecret` does. The former one stays valid for `overlapSeconds`: a day if absent.
   * @throws SetupRefused
   */
  rotateSecret(clientId: string, options?: { overlapSeconds?: number }): string;
  /** Signs with the next key from now on, which the key set had before. The former key stays in it. */
  rotateSigningKey(): Promise<void>;
  /** Takes all keys but the current and the next one out of the key set. Their tokens are no longer valid. */
  dropFormerKeys(): void;
  /** @throws SetupRefused if no request could get this token */
  issueToken(request?: TestTokenRequest): Promise<string>;
  /** @throws SetupRefused for claims that a session may not have */
  issueSessionJwt(request: TestSessionRequest): Promise<string>;
  /** Revokes one token. Verifiers see it by introspection alone. */
  revokeToken(accessToken: string): void;
  /** Revokes all tokens that a client has got so far. */
  revokeClientTokens(clientId: string): void;
  /** Answers for this issuer without a port. Other URLs cannot be reached. Give it to the SDK as `fetch`. */
  fetch: typeof globalThis.fetch;
  /**
   * Answers `globalThis.fetch` for this issuer; other URLs are fetched as before.
   * @returns a function that takes it back, as `close` does
   */
  install(): () => void;
  /**
   * Listens on localhost, for other processes and languages. Without an `issuer` of your own, the issuer is this address
   * then, so listen before you issue tokens.
   * @param port absent: any free one
   * @returns the address, such as `http://localhost:41234`
   */
  listen(port?: number): Promise<string>;
  close(): Promise<void>;
}
