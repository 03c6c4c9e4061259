import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { type Activity, combine } from "../../../src/audit/activity-events.js";
import "../../support/properties.js";

const HOUR_MS = 3_600_000;

const activity: fc.Arbitrary<Activity> = fc
  .record({
    actorId: fc.constantFrom("client_a", "client_b"),
    ipAddress: fc.constantFrom("192.0.2.1", "192.0.2.2", "2001:db8::1", "2001:db8::2"),
    targetId: fc.uuid(),
    count: fc.integer({ min: 1, max: 1000 }),
    occurredAt: fc.integer({ min: 0, max: 3 * HOUR_MS }).map((time) => new Date(time)),
  })
  .map((varying) => ({
    ...varying,
    projectId: "project",
    action: "token.issue",
    actorType: "CLIENT",
    targetType: "token",
    outcome: "SUCCESS",
    requestId: varying.targetId,
  }));

describe("activity of one actor, network and hour", () => {
  test("is one event with the sum of the counts and the latest target", () => {
    fc.assert(
      fc.property(fc.array(activity, { maxLength: 30 }), (activities) => {
        const network = ({ ipAddress }: Activity) => ipAddress.replace(/::.*/, "");
        const groupOf = (event: Activity) =>
          `${event.actorId} ${network(event)} ${Math.floor(event.occurredAt.getTime() / HOUR_MS)}`;
        const groups = Map.groupBy(activities, groupOf);
        const events = combine(activities);
        expect(events).toHaveLength(groups.size);
        for (const event of events) {
          const group = groups.get(groupOf(event)) ?? [];
          const latest = Math.max(...group.map(({ occurredAt }) => occurredAt.getTime()));
          expect(event.count).toBe(group.reduce((sum, { count }) => sum + count, 0));
          expect(event.occurredAt.getTime()).toBe(latest);
          expect(group).toContainEqual(expect.objectContaining({ targetId: event.targetId }));
          expect(event.auditEventId).toMatch(/^event_[0-9A-Za-z]{22}$/);
        }
        const ids = events.map(({ auditEventId }) => auditEventId);
        expect(ids).toEqual([...new Set(ids)].sort());
      }),
    );
  });
});
