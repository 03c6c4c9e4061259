import { beforeEach, describe, expect, test } from "@jest/globals";
import { exportJWK } from "jose";
import { NoMatchingKey } from "../../../src/key-sets/key-set.js";
import type { FetchedKeySet } from "../../../src/key-sets/key-set-response.js";
import { KeySetUnavailable } from "../../../src/key-sets/key-set-unavailable.js";
import { RemoteKeySet } from "../../../src/key-sets/remote-key-set.js";
import { FrozenClock } from "../../support/frozen-clock.js";
import { keyPair } from "../../support/key-pairs.js";

const DAY = 24 * 3600;

describe("a key set at a URL, after the clock was a day ahead for a moment,", () => {
  let clock: FrozenClock;
  let fetches: number;
  let answer: () => Promise<FetchedKeySet>;
  let keySet: RemoteKeySet;

  beforeEach(async () => {
    const { publicKey } = await keyPair("ES256");
    const keys = [{ ...(await exportJWK(publicKey)), kid: "one" }];
    clock = new FrozenClock();
    fetches = 0;
    answer = async () => ({ keySet: { keys }, maxAgeSeconds: 600, date: null });
    keySet = new RemoteKeySet(() => {
      fetches++;
      return answer();
    }, clock);
  });

  const find = (kid = "one") => keySet.candidates({ alg: "ES256", kid });

  test("is fetched again", async () => {
    clock.advance(DAY);
    expect(await find()).toHaveLength(1);
    clock.advance(-DAY);
    expect(await find()).toHaveLength(1);
    expect(fetches).toBe(2);
  });

  test("is fetched again for an unknown key", async () => {
    const findUnknown = () => expect(find("unknown")).rejects.toThrow(NoMatchingKey);
    clock.advance(DAY);
    await findUnknown();
    clock.advance(-DAY);
    await findUnknown();
    const before = fetches;
    clock.advance(31);
    await findUnknown();
    expect(fetches).toBe(before + 1);
  });

  test("is fetched again after a failure", async () => {
    const working = answer;
    answer = async () => {
      throw new Error("away");
    };
    clock.advance(DAY);
    await expect(find()).rejects.toThrow(KeySetUnavailable);
    clock.advance(-DAY);
    answer = working;
    expect(await find()).toHaveLength(1);
  });

  test("is not used in the place of one that cannot be fetched any more", async () => {
    clock.advance(DAY);
    await find();
    clock.advance(-DAY);
    answer = async () => {
      throw new Error("away");
    };
    await expect(find()).rejects.toThrow(KeySetUnavailable);
  });
});
