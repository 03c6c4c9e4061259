import { type Credential, currentCredentials } from "./credentials.js";
import type { Dpop } from "./dpop.js";
import type { HeldToken } from "./held-token.js";
import type { TokenRequest, TokenSourceOptions } from "./options.js";
import { Pause } from "./retries.js";
import { TokenEndpoint } from "./token-endpoint.js";
import { isRefusedCredential, TokenRequestError } from "./token-request-error.js";

const GRANT = "urn:ietf:params:oauth:grant-type:";
const FIRST_PAUSE_SECONDS = 4;
const MAX_PAUSE_SECONDS = 60;
/** The nonce may change once more while the request is repeated. */
const MAX_NONCE_RETRIES = 2;

/** Requests tokens as one client, with the credential that the server accepts. */
export class TokenClient {
  readonly #options: TokenSourceOptions;
  readonly #dpop: Dpop | undefined;
  readonly #endpoint: TokenEndpoint;
  /** Of refused credentials: the server counts each attempt, and locks out who goes on. */
  readonly #pauses = new Map<string, Pause>();
  #accepted: string | undefined;

  constructor(options: TokenSourceOptions, dpop: Dpop | undefined) {
    this.#options = options;
    this.#dpop = dpop;
    this.#endpoint = new TokenEndpoint(options);
  }

  get endpoint(): URL {
    return this.#endpoint.url;
  }

  /** One attempt: each credential once. @throws TokenRequestError */
  async request(request: TokenRequest, workloadToken: string | undefined): Promise<HeldToken> {
    const all = await currentCredentials(this.#options, workloadToken);
    for (const id of this.#pauses.keys()) {
      if (!all.some((credential) => credential.id === id)) this.#pauses.delete(id);
    }
    const ready = all.filter(({ id }) => this.#pauses.get(id)?.isOver ?? true);
    let failure: unknown;
    for (const credential of this.#acceptedFirst(ready)) {
      try {
        const token = await this.#requestAs(credential, request, workloadToken);
        this.#pauses.delete(credential.id);
        this.#accepted = credential.id;
        return token;
      } catch (error) {
        if (!(failure instanceof TokenRequestError && failure.retryable)) failure = error;
        if (!(error instanceof TokenRequestError)) throw error;
        if (isRefusedCredential(error)) this.#pause(credential, error);
        // Wrong secrets that are too many are 429, and a right one passes.
        else if (error.status !== 429) throw error;
      }
    }
    throw failure ?? this.#pauses.get(all[0]?.id ?? "")?.error;
  }

  #acceptedFirst(credentials: Credential[]): Credential[] {
    const rank = ({ id }: Credential) => (id === this.#accepted ? 0 : 1);
    return credentials.sort((one, other) => rank(one) - rank(other));
  }

  #pause({ id }: Credential, error: TokenRequestError): void {
    const pause = this.#pauses.get(id) ?? new Pause();
    pause.begin(error, FIRST_PAUSE_SECONDS, MAX_PAUSE_SECONDS);
    this.#pauses.set(id, pause);
  }

  async #requestAs(
    credential: Credential,
    request: TokenRequest,
    workloadToken: string | undefined,
  ): Promise<HeldToken> {
    for (let retries = 0; ; retries++) {
      const form = this.#form(request, workloadToken);
      const headers = new Headers();
      await credential.authenticate(form, headers);
      const { url } = this.#endpoint;
      if (this.#dpop) headers.set("dpop", await this.#dpop.proof("POST", url));
      try {
        const { id: secret } = credential;
        const observe = (response: Response) => this.#dpop?.remember(url, response);
        return await this.#endpoint.request({ form, headers, secret, observe });
      } catch (error) {
        const asksForNonce =
          this.#dpop && error instanceof TokenRequestError && error.code === "use_dpop_nonce";
        if (!asksForNonce || retries === MAX_NONCE_RETRIES) throw error;
      }
    }
  }

  #form({ audience, scopes = [] }: TokenRequest, workloadToken: string | undefined) {
    const { parameters = {}, workloadTokenAs = "assertion" } = this.#options;
    const form = new URLSearchParams(parameters);
    if (workloadToken === undefined || workloadTokenAs === "client_assertion") {
      form.set("grant_type", "client_credentials");
    } else if (workloadTokenAs === "assertion") {
      form.set("grant_type", `${GRANT}jwt-bearer`);
      form.set("assertion", workloadToken);
    } else {
      form.set("grant_type", `${GRANT}token-exchange`);
      form.set("subject_token", workloadToken);
      if (!form.has("subject_token_type")) {
        form.set("subject_token_type", "urn:ietf:params:oauth:token-type:jwt");
      }
    }
    if (audience !== undefined) form.set("audience", audience);
    if (scopes.length > 0) form.set("scope", scopes.join(" "));
    return form;
  }
}
