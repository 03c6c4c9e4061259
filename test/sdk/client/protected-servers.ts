import {
  createTokenSource,
  type TokenSource,
  type TokenSourceOptions,
} from "@countersign/sdk/client";
import { type HttpServer, startHttpServer } from "./http-servers.js";
import { ScriptedEndpoint } from "./scripted-endpoint.js";

/** An API, a server of another origin, and a token endpoint whose tokens are `token-1`, `token-2` and so on. */
export class ProtectedServers {
  endpoint = new ScriptedEndpoint();

  private constructor(
    readonly api: HttpServer,
    readonly elsewhere: HttpServer,
  ) {}

  static async start(): Promise<ProtectedServers> {
    return new ProtectedServers(await startHttpServer(), await startHttpServer());
  }

  /** Forgets all requests. */
  reset(): void {
    for (const server of [this.api, this.elsewhere]) {
      server.requests.length = 0;
      server.handler = (_, response) => response.end("ok");
    }
    this.endpoint = new ScriptedEndpoint();
  }

  /** A new token source, whose `fetch` reaches the servers. */
  source(options: Partial<TokenSourceOptions> = {}): TokenSource {
    return createTokenSource({
      issuer: "https://auth.example.test",
      clientId: "client",
      clientSecret: "secret",
      fetch: (input, init) =>
        String(input).startsWith("https://auth")
          ? this.endpoint.fetch(input, init)
          : globalThis.fetch(input, init),
      ...options,
    });
  }

  stop(): void {
    this.api.stop();
    this.elsewhere.stop();
  }
}

/** The Authorization fields of a server's requests. */
export const tokensSeen = ({ requests }: HttpServer) =>
  requests.map(({ authorization }) => authorization);

export function streamOf(text: string): ReadableStream<Uint8Array> {
  return new Blob([text]).stream() as ReadableStream<Uint8Array>;
}
