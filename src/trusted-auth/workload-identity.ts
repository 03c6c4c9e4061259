import type { Client } from "../clients/client.entity.js";
import type { ClientStore } from "../clients/client-store.js";
import type { Clock } from "../shared/clock.js";
import { CountersignError } from "../shared/errors.js";
import type { SingleUse } from "../shared/single-use.js";
import type { UsageLog } from "../shared/usage-log.js";
import { tokenIdOf } from "./attribute-mapping.js";
import { type Checks, unrecorded } from "./checks.js";
import { invalidTrustedAuthToken } from "./invalid-token.js";
import type { TrustedAuthProfile } from "./profile.entity.js";
import type { ProfileStore } from "./profile-store.js";
import { readToken } from "./token-form.js";
import { type UseToken, useUp } from "./token-use.js";
import type { TrustedAuthTokenVerifier } from "./trusted-auth-token.js";

/** Each costs a signature's verification, and perhaps a fetch of keys. */
const MAX_PROFILES_TRIED = 5;

/** A client that a foreign token speaks for. */
export interface IdentifiedWorkload {
  client: Client;
  /** Uses the token up, if the profile wants that. @throws INVALID_GRANT */
  useUp(): Promise<void>;
}

/** Lets whoever holds a token of a trusted issuer act as one of our clients, without a secret. */
export class WorkloadIdentity {
  constructor(
    private readonly profiles: ProfileStore,
    private readonly verifier: TrustedAuthTokenVerifier,
    private readonly clients: ClientStore,
    private readonly usage: UsageLog<Client>,
    private readonly singleUse: SingleUse,
    private readonly clock: Clock,
  ) {}

  /**
   * By the profiles of the token's issuer that name a client. Where several accept the token, they
   * must mean the same client.
   * @param clientId who the bearer says that it is; absent: it does not say
   * @throws INVALID_GRANT for all that is wrong, without a word about what
   */
  async identify(
    projectId: string,
    token: string,
    clientId: string | undefined,
  ): Promise<IdentifiedWorkload> {
    return refusing(async () => {
      const profiles = await this.#meantBy(projectId, token, clientId);
      const { accepted, refusal } = await this.#tryAll(profiles, token);
      const [first] = accepted;
      if (!first || accepted.some(({ client }) => client.clientId !== first.client.clientId)) {
        throw invalidGrant({ cause: refusal });
      }
      const { client, use } = first;
      this.usage.note({ projectId }, client.clientId, client.lastUsedAt, this.clock.now());
      return { client, useUp: () => refusing(() => use(useUp(this.singleUse))) };
    });
  }

  /** @throws INVALID_TRUSTED_AUTH_TOKEN, INVALID_CLIENT */
  async verify(profile: TrustedAuthProfile, token: string, checks: Checks = unrecorded) {
    const claims = await this.verifier.verify(profile, token, checks);
    const tokenId = await checks.run("MAPPING", () => {
      // RFC 7523 section 3.
      if (typeof claims["sub"] !== "string") throw invalidTrustedAuthToken("CLAIM_MISSING");
      return profile.singleUseTokenId ? tokenIdOf(profile.attributeMapping, claims) : null;
    });
    const client = await checks.run("CLIENT", () => this.#usableClient(profile));
    const use = async (useToken: UseToken, recorded: Checks = unrecorded): Promise<void> => {
      if (tokenId === null) return;
      await recorded.run("REPLAY", () => useToken({ profile, claims, tokenId }));
    };
    return { client, use };
  }

  async #meantBy(projectId: string, token: string, clientId: string | undefined) {
    const { claims } = readToken(token);
    const profiles = await this.profiles.findOfWorkloads(projectId, String(claims["iss"]));
    return profiles
      .filter((profile) => clientId === undefined || profile.clientId === clientId)
      .filter((profile) => this.verifier.isMeantFor(profile, claims))
      .slice(0, MAX_PROFILES_TRIED);
  }

  /** @returns also why the last one that did has refused it, for the log */
  async #tryAll(profiles: readonly TrustedAuthProfile[], token: string) {
    const accepted: Awaited<ReturnType<WorkloadIdentity["verify"]>>[] = [];
    let refusal: CountersignError | undefined;
    for (const profile of profiles) {
      try {
        accepted.push(await this.verify(profile, token));
      } catch (error) {
        if (!(error instanceof CountersignError)) throw error;
        refusal = error;
      }
    }
    return { accepted, refusal };
  }

  async #usableClient({ projectId, clientId }: TrustedAuthProfile): Promise<Client> {
    const client = clientId === null ? null : await this.clients.find(projectId, clientId);
    const isExpired = !!client?.expiresAt && client.expiresAt <= this.clock.now();
    if (client?.status === "ACTIVE" && !isExpired) return client;
    throw new CountersignError("INVALID_CLIENT", "The profile's client is inactive or has expired");
  }
}

/** One answer, whatever was wrong. */
async function refusing<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof CountersignError) || error.code === "INVALID_GRANT") throw error;
    throw invalidGrant({ cause: error });
  }
}

export function invalidGrant(options?: ErrorOptions) {
  return new CountersignError("INVALID_GRANT", "The token is not accepted", {}, options);
}
