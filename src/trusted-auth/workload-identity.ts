import type { Client } from "../clients/client.entity.js";
import type { ClientStore } from "../clients/client-store.js";
import { isUsable } from "../clients/usable-client.js";
import type { LastUsedTracker } from "../persistence/last-used-tracker.js";
import type { ReplayDetection } from "../persistence/replay-detection.js";
import type { Clock } from "../shared/clock.js";
import { CountersignError, type CountersignErrorOptions } from "../shared/errors.js";
import { readTokenId } from "./attribute-mapping.js";
import type { TrustedAuthProfile } from "./profile.entity.js";
import type { ProfileStore } from "./profile-store.js";
import { type CheckRunner, withoutRecording } from "./token-checks.js";
import { consumeToken, type ReplayPolicy } from "./token-replay.js";
import { invalidTrustedAuthToken, refusedBy } from "./trusted-auth-error.js";
import type { TrustedAuthTokenVerifier } from "./trusted-auth-token-verifier.js";
import { parseUnverifiedToken } from "./unverified-token.js";

/** Limits the work per token: each profile costs a signature verification, and possibly a fetch of keys. */
const MAX_PROFILES_TRIED = 5;

/** Bounds what an unverified token can make the server load: about 5 ms of work. */
const MAX_PROFILES_OF_ISSUER = 100;

const SEVERAL_CLIENTS =
  "Profiles of several clients accept the token: the request must name one of them by client_id";
const OTHER_CLIENT =
  "No profile that may accept the token's issuer is for the client that the request names";

const TOO_MANY_PROFILES = `More than ${MAX_PROFILES_OF_ISSUER} profiles may accept the token's issuer: the request must name a client by client_id that has fewer`;

/** The client that a trusted auth token identifies. */
export interface IdentifiedWorkload {
  client: Client;
  /** Consumes the token's id if the profile accepts it only once. @throws INVALID_GRANT */
  consumeCredential(): Promise<void>;
}

/** Identifies the client of a workload by the token of a trusted issuer, without a client secret. */
export class WorkloadIdentity {
  constructor(
    private readonly profiles: ProfileStore,
    private readonly verifier: TrustedAuthTokenVerifier,
    private readonly clients: ClientStore,
    private readonly lastUsed: LastUsedTracker<Client>,
    private readonly replayDetection: ReplayDetection,
    private readonly clock: Clock,
  ) {}

  /**
   * Verifies the token against the issuer's profiles that have a client. All profiles that accept the token
   * must have the same client.
   * @param clientId client id of the request; absent: the profiles alone determine the client
   * @throws INVALID_GRANT for every failure, so that the response does not reveal the cause
   */
  async identify(
    projectId: string,
    token: string,
    clientId: string | undefined,
  ): Promise<IdentifiedWorkload> {
    return asInvalidGrant(async () => {
      const { profiles, mismatch, explanation } = await this.#matchingProfiles(
        projectId,
        token,
        clientId,
      );
      const { accepted, rejection } = await this.#verifyAll(profiles, token);
      const [first] = accepted;
      if (!first) throw invalidGrant({ explanation, cause: rejection ?? mismatch });
      if (accepted.some(({ client }) => client.clientId !== first.client.clientId)) {
        throw invalidGrant({ explanation: SEVERAL_CLIENTS });
      }
      const { client, consume } = first;
      this.lastUsed.touch({ projectId }, client.clientId, client.lastUsedAt, this.clock.now());
      return {
        client,
        consumeCredential: () => asInvalidGrant(() => consume(consumeToken(this.replayDetection))),
      };
    });
  }

  /** @throws INVALID_TRUSTED_AUTH_TOKEN, INVALID_CLIENT */
  async verify(profile: TrustedAuthProfile, token: string, checks: CheckRunner = withoutRecording) {
    const claims = await this.verifier.verify(profile, token, checks);
    const tokenId = await checks.run("MAPPING", () => {
      // RFC 7523 section 3.
      const { sub } = claims;
      if (sub === undefined) throw invalidTrustedAuthToken("CLAIM_MISSING", "sub");
      if (typeof sub !== "string") throw invalidTrustedAuthToken("MALFORMED", "sub");
      return profile.singleUseTokenId ? readTokenId(profile.attributeMapping, claims) : null;
    });
    const client = await checks.run("CLIENT", () => this.#usableClient(profile));
    const consume = async (
      replayPolicy: ReplayPolicy,
      checkRunner: CheckRunner = withoutRecording,
    ): Promise<void> => {
      if (tokenId === null) return;
      await checkRunner.run("REPLAY", () => replayPolicy({ profile, claims, tokenId }));
    };
    return { client, consume };
  }

  /**
   * @returns the profiles to try, and for the log why another one is not tried
   * @throws INVALID_TRUSTED_AUTH_TOKEN, INVALID_GRANT
   */
  async #matchingProfiles(projectId: string, token: string, clientId: string | undefined) {
    const { claims } = parseUnverifiedToken(token);
    const find = (ofClientId: string | undefined, limit: number) =>
      this.profiles.findWorkloadProfiles(projectId, claims, ofClientId, limit);
    const ofClient = await find(clientId, MAX_PROFILES_OF_ISSUER + 1);
    if (ofClient.length > MAX_PROFILES_OF_ISSUER) {
      throw invalidGrant({ explanation: TOO_MANY_PROFILES });
    }
    if (ofClient.length === 0) {
      const isOtherClient = clientId !== undefined && (await find(undefined, 1)).length > 0;
      if (isOtherClient) throw invalidGrant({ explanation: OTHER_CLIENT });
      throw invalidTrustedAuthToken("NO_PROFILE", "iss");
    }
    let mismatch: CountersignError | undefined;
    const profiles = ofClient.filter((profile) => {
      const problem = this.verifier.findMismatch(profile, claims);
      if (problem) mismatch = refusedBy(profile, problem);
      return !problem;
    });
    const { length: count } = ofClient;
    const explanation =
      count > 1
        ? `None of ${count} profiles accepts the token; the cause is of one of them`
        : undefined;
    return { profiles: profiles.slice(0, MAX_PROFILES_TRIED), mismatch, explanation };
  }

  /** @returns the profiles' results that accept the token, and the last rejection for the log */
  async #verifyAll(profiles: readonly TrustedAuthProfile[], token: string) {
    const accepted: Awaited<ReturnType<WorkloadIdentity["verify"]>>[] = [];
    let rejection: CountersignError | undefined;
    for (const profile of profiles) {
      try {
        accepted.push(await this.verify(profile, token));
      } catch (error) {
        if (!(error instanceof CountersignError)) throw error;
        rejection = refusedBy(profile, error);
      }
    }
    return { accepted, rejection };
  }

  async #usableClient({ projectId, clientId }: TrustedAuthProfile): Promise<Client> {
    const client =
      clientId === null ? null : await this.clients.findWithUsability(projectId, clientId);
    if (client && isUsable(client, this.clock.now())) return client;
    const message = "The profile's client or its owner is inactive, or the client has expired";
    throw new CountersignError("INVALID_CLIENT", message, {}, { explanation: message });
  }
}

/** Turns every failure into the same INVALID_GRANT. */
async function asInvalidGrant<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof CountersignError) || error.code === "INVALID_GRANT") throw error;
    throw invalidGrant({ cause: error });
  }
}

export function invalidGrant(options?: CountersignErrorOptions) {
  return new CountersignError("INVALID_GRANT", "The token is not accepted", {}, options);
}
