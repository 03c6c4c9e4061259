import type { Project } from "../projects/project.entity.js";
import { sessionLimits } from "../projects/session-limits.js";
import type { Caller } from "../shared/caller.js";
import type { Clock } from "../shared/clock.js";
import type { Session } from "./session.entity.js";
import { sessionEnd } from "./session-end.js";

/** The columns that the end of a session depends on; see `SessionAge` about those of a new one. */
type LimitedSession = Pick<Session, "authenticatedAt" | "startedAt" | "maximumDurationMinutes"> & {
  expiresAt: Date | null;
};

/** The columns of a project that limit its sessions. */
export type LimitingProject = Pick<
  Project,
  "maximumSessionDurationMinutes" | "maximumSessionAgeMinutes"
>;

/** Decides when sessions end, by the limits of project, profiles and caller. */
export class SessionEnds {
  constructor(private readonly clock: Clock) {}

  /**
   * The end of a new or an active session after a call that asks for a duration.
   * @throws BAD_USER_INPUT for a duration above the maximum
   */
  after(
    caller: Caller,
    project: LimitingProject,
    session: LimitedSession,
    minutes: number | null | undefined,
  ): Date {
    const { authenticatedAt, startedAt, expiresAt, maximumDurationMinutes } = session;
    const limits = sessionLimits(project, caller, maximumDurationMinutes);
    const age = { authenticatedAt: authenticatedAt ?? startedAt, expiresAt };
    return sessionEnd(this.clock.now(), age, limits, minutes);
  }
}
