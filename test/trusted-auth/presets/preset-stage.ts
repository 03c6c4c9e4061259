import { type CryptoKey, exportJWK, SignJWT } from "jose";
import type { GraphqlClient, GraphqlError } from "../../support/graphql-client.js";
import { keyPair } from "../../support/key-pairs.js";
import { type KeyServer, startKeyServer } from "../../support/key-server.js";
import { startTestServer, type TestServer } from "../../support/test-server.js";
import { attest, testProfile } from "../attestation-operations.js";

const PROFILE = `profileId issuer alternativeIssuers audience audienceClaim allowedAlgorithms
  keys { jwksUrl publicKeys { publicKeyId } } claimConditions { claim operator values }
  attributeMapping { email tokenId organizationId externalMemberId name roles } clientId version`;
export const CREATE = `mutation ($input: CreateProfileInput!) {
  createProfile(input: $input) { profile { ${PROFILE} } }
}`;
const REPLACE_KEYS = `mutation ($input: UpdateProfileInput!) {
  updateProfile(input: $input) { profile { profileId } }
}`;

export interface PresetProfile {
  profileId: string;
  issuer: string;
  alternativeIssuers: string[];
  audience: string;
  audienceClaim: string | null;
  allowedAlgorithms: string[] | null;
  keys: { jwksUrl: string | null };
  claimConditions: { claim: string; operator: string; values: string[] }[];
  attributeMapping: Record<string, string | null>;
  clientId: string | null;
  version: number;
}

export type Claims = Record<string, unknown>;

/** A server, and an issuer whose keys take the place of the documented ones. */
export class PresetStage {
  private constructor(
    readonly server: TestServer,
    private readonly keyServer: KeyServer,
    private readonly privateKey: CryptoKey,
    private readonly jwksUrl: string,
    /** The same key as SPIFFE writes it. */
    readonly bundleUrl: string,
  ) {}

  static async start(): Promise<PresetStage> {
    const server = await startTestServer({ allowInsecureJwks: true });
    const keyServer = await startKeyServer();
    const { privateKey, publicKey } = await keyPair("RS256");
    const jwk = { ...(await exportJWK(publicKey)), kid: "documented" };
    const jwksUrl = keyServer.serve([{ ...jwk, use: "sig", alg: "RS256" }]);
    const bundleUrl = keyServer.serve([{ ...jwk, use: "jwt-svid" }]);
    return new PresetStage(server, keyServer, privateKey, jwksUrl, bundleUrl);
  }

  get operator(): GraphqlClient {
    return this.server.operator;
  }

  async stop(): Promise<void> {
    this.keyServer.stop();
    await this.server.stop();
  }

  async create(preset: object, settings: object = {}): Promise<PresetProfile> {
    const input = { name: "Preset", preset, ...settings };
    return (await this.operator.request(CREATE, { input })).createProfile.profile;
  }

  async failure(preset: object, settings: object = {}): Promise<GraphqlError> {
    return this.operator.failure(CREATE, { input: { name: "Preset", preset, ...settings } });
  }

  /** Creates a profile that creates members, and gives it this issuer's keys. */
  async profileFor(preset: object, settings: object = {}): Promise<string> {
    const { profileId } = await this.create(preset, { canJitProvision: true, ...settings });
    return this.withOwnKeys(profileId);
  }

  /** Leaves all else as the preset has filled it. */
  async withOwnKeys(profileId: string, jwksUrl = this.jwksUrl): Promise<string> {
    const input = { profileId, keys: { jwksUrl } };
    await this.operator.request(REPLACE_KEYS, { input });
    return profileId;
  }

  /** Signs claims as they are, with times around now. */
  async token(claims: Claims): Promise<string> {
    const now = Math.floor(this.server.clock.now().getTime() / 1000);
    return new SignJWT({ iat: now, nbf: now, exp: now + 300, ...claims })
      .setProtectedHeader({ alg: "RS256", kid: "documented", typ: "JWT" })
      .sign(this.privateKey);
  }

  /** The member that a token starts a session of. */
  async member(profileId: string, claims: Claims) {
    const { member } = await attest(this.operator, { profileId, token: await this.token(claims) });
    const { externalId, emailAddress, name } = member;
    return { externalId, emailAddress, name };
  }

  /** What becomes of a token: the outcome, or the reason and the claim that it is refused for. */
  async outcome(profileId: string, claims: Claims): Promise<string> {
    const { outcome, failed } = await this.#test(profileId, claims);
    return failed ? [failed.reason ?? failed.code, failed.claim].join(" ").trim() : outcome;
  }

  /** The sentence that tells why a token is refused. */
  async explanation(profileId: string, claims: Claims): Promise<string | undefined> {
    return (await this.#test(profileId, claims)).failed?.message;
  }

  async #test(profileId: string, claims: Claims) {
    const token = await this.token(claims);
    const { outcome, checks } = await testProfile(this.operator, { profileId, token });
    return { outcome, failed: checks.find(({ status }) => status === "FAILED") };
  }
}
