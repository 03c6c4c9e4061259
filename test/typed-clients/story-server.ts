import { systemClock } from "../../src/shared/clock.js";
import { createApi, createGrant } from "../oauth/oauth-operations.js";
import { createMember, createOrganization } from "../organizations/organization-operations.js";
import { type LiveServer, startLiveServer } from "../support/live-server.js";
import { type ClientView, createClient, issueToken } from "../support/operations.js";
import { type RecordingProxy, startRecordingProxy } from "../support/recording-proxy.js";
import { attest, createProfile } from "../trusted-auth/attestation-operations.js";
import { foreignIssuer } from "../trusted-auth/foreign-issuer.js";
import { startFaultsProxy } from "./faults-proxy.js";

export const SCOPE = "read:invoices";

/** A running server, and what the programs of `examples/typed-clients` are told of it. */
export interface StoryServer {
  server: LiveServer;
  /** Before the server, for `manage`. */
  proxy: RecordingProxy;
  /** What `errors` asks for. */
  client: ClientView;
  /** Id of the client of `call`. */
  callerId: string;
  /** Whom `attest` starts a session for. */
  memberId: string;
  environment: Record<string, string>;
  /** How many there were at the token endpoint. */
  tokenRequests(): number;
  stop(): Promise<void>;
}

export async function startStoryServer(): Promise<StoryServer> {
  const server = await startLiveServer();
  const { operator, projectId, managementSecret, issuer, publicUrl } = server;
  const proxy = await startRecordingProxy(publicUrl);
  const faults = await startFaultsProxy(server);

  const { organizationId } = await createOrganization(operator);
  const { memberId } = await createMember(operator, organizationId);
  const foreign = await foreignIssuer(systemClock, "ES256");
  const keys = { publicKeys: [{ pem: foreign.pem }] };
  const profileId = await createProfile(operator, { keys, organizationId });
  const token = await foreign.token();
  const { sessionJwt } = await attest(operator, { profileId, token });

  const caller = await createClient(operator, { name: "Invoices job" });
  const tokens = { tokenProfile: "RFC9068" };
  const [api, otherApi] = [await createApi(operator, tokens), await createApi(operator, tokens)];
  for (const granted of [api, otherApi]) await createGrant(operator, caller, granted);
  const other = await issueToken(operator, caller, { audience: otherApi.identifier });

  const client = await createClient(operator, { name: "of a newer server" });
  return {
    server,
    proxy,
    client,
    callerId: caller.clientId,
    memberId,
    environment: {
      COUNTERSIGN_URL: proxy.url,
      COUNTERSIGN_PROJECT_ID: projectId,
      COUNTERSIGN_SECRET: managementSecret,
      COUNTERSIGN_FAULTS_URL: faults.url,
      PROFILE_ID: profileId,
      TRUSTED_AUTH_TOKEN: token,
      FAULTS_CLIENT_ID: client.clientId,
      ISSUER: issuer,
      CLIENT_ID: caller.clientId,
      CLIENT_SECRET: caller.clientSecret,
      AUDIENCE: api.identifier,
      SCOPE,
      OTHER_TOKEN: other.accessToken,
      SESSION_JWT: sessionJwt,
    },
    tokenRequests: () =>
      server
        .logs()
        .split("\n")
        .filter((line) => line.includes('"msg":"request"') && line.includes("/oauth/token")).length,
    stop: async () => {
      await Promise.all([proxy.stop(), faults.stop()]);
      await server.stop();
    },
  };
}
