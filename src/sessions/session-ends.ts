import type { ProjectStore } from "../projects/project-store.js";
import { sessionLimits } from "../projects/session-limits.js";
import type { Caller } from "../shared/caller.js";
import type { Clock } from "../shared/clock.js";
import type { Session } from "./session.entity.js";
import { sessionEnd } from "./session-end.js";

/** The columns that the end of a session depends on; see `SessionAge` about those of a new one. */
type LimitedSession = Pick<
  Session,
  "projectId" | "authenticatedAt" | "startedAt" | "maximumDurationMinutes"
> & { expiresAt: Date | null };

/** Decides when sessions end, by the limits of project, profiles and caller. */
export class SessionEnds {
  constructor(
    private readonly projects: ProjectStore,
    private readonly clock: Clock,
  ) {}

  /**
   * The end of a new or an active session after a call that asks for a duration.
   * @throws BAD_USER_INPUT for a duration above the maximum
   */
  async after(
    caller: Caller,
    session: LimitedSession,
    minutes: number | null | undefined,
  ): Promise<Date> {
    const { projectId, authenticatedAt, startedAt, expiresAt, maximumDurationMinutes } = session;
    const project = await this.projects.get(projectId);
    const limits = sessionLimits(project, caller, maximumDurationMinutes);
    const age = { authenticatedAt: authenticatedAt ?? startedAt, expiresAt };
    return sessionEnd(this.clock.now(), age, limits, minutes);
  }
}
