import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { sessionEnd } from "../../../src/sessions/session-end.js";
import "../../support/properties.js";

const at = (minutes: number) => new Date(minutes * 60_000);
const minutes = fc.integer({ min: 5, max: 527_040 });
const limits = fc.record({ durationMinutes: minutes, ageMinutes: minutes });

describe("the end of a session", () => {
  test("never moves beyond its maximum age, however often it is extended", () => {
    fc.assert(
      fc.property(limits, fc.array(minutes, { maxLength: 20 }), (limited, extensions) => {
        let [now, expiresAt] = [at(0), sessionEnd(at(0), age(null), limited, null)];
        for (const wanted of extensions) {
          now = new Date((now.getTime() + expiresAt.getTime()) / 2);
          const duration = Math.min(wanted, limited.durationMinutes);
          expiresAt = sessionEnd(now, age(expiresAt), limited, duration);
          expect(expiresAt.getTime()).toBeLessThanOrEqual(at(limited.ageMinutes).getTime());
          expect(expiresAt > now).toBe(true);
        }
      }),
    );
  });

  test("is refused for a longer duration than the maximum only", () => {
    fc.assert(
      fc.property(limits, minutes, (limited, duration) => {
        const extend = () => sessionEnd(at(0), age(null), limited, duration);
        if (duration > limited.durationMinutes) expect(extend).toThrow("Must be at most");
        else expect(extend()).toEqual(at(Math.min(duration, limited.ageMinutes)));
      }),
    );
  });

  const age = (expiresAt: Date | null) => ({ authenticatedAt: at(0), expiresAt });
});
