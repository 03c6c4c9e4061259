import { createManagementClient, type ManagementClient } from "@countersign/sdk/management";
import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";

type Answer = () => Response | Promise<never>;

const refused = (code: string, retryAfterSeconds: number): Answer => {
  const errors = [{ message: "Later", extensions: { code, retryAfterSeconds } }];
  return () => Response.json({ data: null, errors });
};
const done: Answer = () => Response.json({ data: { rotateSigningKey: { signingKey: {} } } });
const refusedConnection: Answer = async () => {
  const cause = Object.assign(new Error("connect"), { code: "ECONNREFUSED" });
  throw new TypeError("fetch failed", { cause });
};

describe("between two attempts", () => {
  /** Milliseconds since the call began at which each request was sent. */
  let times: number[] = [];
  let began = 0;

  beforeEach(() => {
    jest.useFakeTimers();
    times = [];
    began = Date.now();
  });

  afterEach(() => {
    jest.useRealTimers();
  });

  const clientOf = (...answers: Answer[]): ManagementClient =>
    createManagementClient({
      url: "https://auth.example.com",
      projectId: "project-1",
      secret: "secret",
      fetch: async () => {
        times.push(Date.now() - began);
        return (answers.shift() ?? done)();
      },
    });

  /** What a call comes to after all its waits. */
  const ended = async (call: Promise<unknown>) => {
    const outcome = call.then(
      () => "done",
      (error: { code?: string; message: string }) => error.code ?? error.message,
    );
    await jest.runAllTimersAsync();
    return outcome;
  };

  test("it waits as long as the server asks for, and a little longer", async () => {
    const management = clientOf(refused("RATE_LIMITED", 20), refused("RATE_LIMITED", 5));
    expect(await ended(management.rotateSigningKey({}))).toBe("done");
    expect(times[1]).toBeGreaterThan(20_000);
    expect(times[1]).toBeLessThan(20_500);
    expect((times[2] ?? 0) - (times[1] ?? 0)).toBeGreaterThan(5_000);
  });

  test("it leaves a wait of more than half a minute to the caller", async () => {
    expect(await ended(clientOf(refused("RATE_LIMITED", 31)).clients())).toBe("RATE_LIMITED");
    expect(times).toHaveLength(1);
  });

  test("it waits longer from one attempt to the next, and gives up after three repetitions", async () => {
    const answers = Array.from({ length: 9 }, () => refused("SERVICE_UNAVAILABLE", 0));
    expect(await ended(clientOf(...answers).clients())).toBe("SERVICE_UNAVAILABLE");
    const waits = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    for (const [index, longest] of [250, 500, 1000].entries()) {
      expect(waits[index]).toBeLessThanOrEqual(longest);
      expect(waits[index]).toBeGreaterThanOrEqual(longest / 2 - 1);
    }
    expect(waits).toHaveLength(3);
  });

  test("it does not repeat what may have taken effect, but what was never sent", async () => {
    const unavailable = clientOf(refused("SERVICE_UNAVAILABLE", 1));
    expect(await ended(unavailable.rotateSigningKey({}))).toBe("SERVICE_UNAVAILABLE");
    const restarting = clientOf(refusedConnection, refusedConnection);
    expect(await ended(restarting.rotateSigningKey({}))).toBe("done");
  });

  test("it ends with its signal", async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const call = clientOf(refused("RATE_LIMITED", 20)).clients({}, { signal });
    const outcome = call.catch((error: Error) => error.message);
    await jest.advanceTimersByTimeAsync(1_000);
    controller.abort(new Error("enough"));
    expect(await outcome).toBe("enough");
    expect(jest.getTimerCount()).toBe(0);
  });
});
