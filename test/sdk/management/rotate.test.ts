import { inspect } from "node:util";
import {
  createManagementClient,
  type ManagementClient,
  RotationFailed,
} from "@countersign/sdk/management";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type LiveServer, startLiveServer } from "../../support/live-server.js";
import { type LossyProxy, startLossyProxy } from "./lossy-proxy.js";
import { managementOf } from "./management-of.js";

describe("the rotation of a client's secret", () => {
  let server: LiveServer;
  let proxy: LossyProxy;
  let management: ManagementClient;
  /** Through nothing that loses answers. */
  let direct: ManagementClient;

  beforeAll(async () => {
    server = await startLiveServer();
    proxy = await startLossyProxy(() => server.publicUrl);
    management = managementOf(server, { url: proxy.url });
    direct = managementOf(server);
  });

  afterAll(async () => {
    await proxy.stop();
    await server.stop();
  });

  const newClient = async () => {
    const { client, clientSecret } = await direct.createClient({ scopes: ["read:users"] });
    return { clientId: client.clientId, clientSecret };
  };
  const works = (clientId: string, clientSecret: string) =>
    direct.issueToken({ clientId, clientSecret }).then(
      () => true,
      () => false,
    );
  const failure = async (rotation: Promise<unknown>) => {
    const error = await rotation.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(RotationFailed);
    return error as RotationFailed;
  };

  test("hands the next secret out while both are valid, then ends the former one", async () => {
    const { clientId, clientSecret } = await newClient();
    let next = "";
    const client = await management.rotate(clientId, {
      distribute: async (nextSecret, { secrets }) => {
        next = nextSecret;
        expect(secrets.map(({ status }) => status)).toEqual(["CURRENT", "NEXT"]);
        expect([await works(clientId, clientSecret), await works(clientId, next)]).toEqual([
          true,
          true,
        ]);
      },
      verify: true,
    });
    expect(client.secrets).toMatchObject([{ status: "CURRENT", lastFour: next.slice(-4) }]);
    expect([await works(clientId, clientSecret), await works(clientId, next)]).toEqual([
      false,
      true,
    ]);
  });

  test.each(["distribute", "verify"])("is cancelled when %s rejects", async (step) => {
    const { clientId, clientSecret } = await newClient();
    const cause = new Error("the vault is sealed");
    let next = "";
    const rotation = management.rotate(clientId, {
      distribute: async (nextSecret) => {
        next = nextSecret;
        if (step === "distribute") throw cause;
      },
      verify: async () => {
        throw cause;
      },
    });
    const error = await failure(rotation);
    expect(error).toMatchObject({ clientId, state: "UNCHANGED", nextCalls: [], cause });
    expect(inspect(error, { depth: 10 })).not.toContain(next);
    expect([await works(clientId, clientSecret), await works(clientId, next)]).toEqual([
      true,
      false,
    ]);
  });

  test("is cancelled by its signal until everything has the secret", async () => {
    const { clientId } = await newClient();
    const controller = new AbortController();
    const distribute = () => controller.abort(new Error("shutting down"));
    const error = await failure(
      management.rotate(clientId, { distribute, signal: controller.signal }),
    );
    expect(error).toMatchObject({ state: "UNCHANGED", cause: controller.signal.reason });
    expect((await direct.client({ clientId }))?.secrets).toHaveLength(1);
  });

  test("goes through although the answer of each of its steps is lost", async () => {
    const { clientId, clientSecret } = await newClient();
    proxy.fail("mutation StartSecretRotation", "ANSWER_LOST");
    proxy.fail("mutation CompleteSecretRotation", "REQUEST_LOST", "ANSWER_LOST");
    const secrets: string[] = [];
    const client = await management.rotate(clientId, {
      distribute: (nextSecret) => secrets.push(nextSecret),
    });
    expect(secrets).toHaveLength(1);
    expect(client.secrets.map(({ status }) => status)).toEqual(["CURRENT"]);
    expect(await works(clientId, secrets[0] ?? "")).toBe(true);
    expect(await works(clientId, clientSecret)).toBe(false);
  });

  test("is cancelled although the answer is lost", async () => {
    const { clientId } = await newClient();
    proxy.fail("mutation CancelSecretRotation", "REQUEST_LOST", "ANSWER_LOST");
    const distribute = () => Promise.reject(new Error("no"));
    expect((await failure(management.rotate(clientId, { distribute }))).state).toBe("UNCHANGED");
    expect((await direct.client({ clientId }))?.secrets).toHaveLength(1);
  });

  test("says that both secrets are valid where it cannot be ended", async () => {
    const { clientId, clientSecret } = await newClient();
    let next = "";
    const { projectId, managementSecret: secret } = server;
    const hasty = createManagementClient({ url: proxy.url, projectId, secret, retries: 0 });
    const distribute = (nextSecret: string) => {
      next = nextSecret;
      const everything = Array.from({ length: 3 }, () => "REQUEST_LOST" as const);
      proxy.fail(clientId, ...everything);
    };
    const completion = await failure(hasty.rotate(clientId, { distribute }));
    expect(completion).toMatchObject({ state: "UNKNOWN", nextCalls: ["completeSecretRotation"] });
    expect([await works(clientId, clientSecret), await works(clientId, next)]).toEqual([
      true,
      true,
    ]);
    await direct.completeSecretRotation({ clientId });

    const refuse = (nextSecret: string) => {
      distribute(nextSecret);
      throw new Error("no");
    };
    const cancellation = await failure(hasty.rotate(clientId, { distribute: refuse }));
    expect(cancellation).toMatchObject({ state: "UNKNOWN", nextCalls: ["cancelSecretRotation"] });
    expect(cancellation.cause).toMatchObject({ message: "no" });
  });

  test("says what to call when another one is under way, or its overlap is", async () => {
    const { clientId } = await newClient();
    const distribute = () => {
      throw new Error("never called");
    };
    await direct.startSecretRotation({ clientId });
    const started = await failure(management.rotate(clientId, { distribute }));
    expect(started).toMatchObject({
      state: "STARTED",
      nextCalls: ["completeSecretRotation", "cancelSecretRotation"],
      cause: { code: "ROTATION_ALREADY_STARTED" },
    });
    await direct.cancelSecretRotation({ clientId });
    await direct.rotateSecret({ clientId });
    const overlap = await failure(management.rotate(clientId, { distribute }));
    expect(overlap).toMatchObject({ state: "OVERLAP", nextCalls: ["revokePreviousSecret"] });
    await direct.revokePreviousSecret({ clientId });
    await management.rotate(clientId, { distribute: () => {} });
  });

  test("says that somebody has ended the secret that everything has", async () => {
    const { clientId } = await newClient();
    const distribute = () => direct.cancelSecretRotation({ clientId });
    const error = await failure(management.rotate(clientId, { distribute }));
    expect(error).toMatchObject({ state: "UNCHANGED", nextCalls: [] });
    expect(error.message).toMatch(/rotate again/);
  });

  test("neither completes nor cancels the one that somebody else has begun since", async () => {
    const { clientId, clientSecret } = await newClient();
    let others = "";
    const distribute = async () => {
      await direct.cancelSecretRotation({ clientId });
      others = (await direct.startSecretRotation({ clientId })).nextClientSecret;
    };
    const bothWork = async () =>
      (await works(clientId, clientSecret)) && (await works(clientId, others));
    const error = await failure(management.rotate(clientId, { distribute }));
    expect(error).toMatchObject({ state: "UNCHANGED" });
    expect(await bothWork()).toBe(true);
    await direct.cancelSecretRotation({ clientId });
    const fail = () => distribute().then(() => Promise.reject(new Error("no")));
    await failure(management.rotate(clientId, { distribute: fail }));
    expect(await bothWork()).toBe(true);
  });

  test("of no client is the error of the server", async () => {
    const rotation = management.rotate("client-0", { distribute: () => {} });
    await expect(rotation).rejects.toMatchObject({ code: "CLIENT_NOT_FOUND" });
  });
});
