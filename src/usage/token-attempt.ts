import { transientErrorCode } from "../persistence/database-errors.js";
import type { Clock } from "../shared/clock.js";
import { CountersignError } from "../shared/errors.js";
import type { UsageRecorder } from "./usage-recorder.js";

interface Attempted {
  project: { projectId: string };
  client: { clientId: string } | null;
}

/** One request for a token. If it is refused, the client that it names gets the refusal counted. */
export class TokenAttempt {
  #context: Attempted | null = null;

  constructor(
    private readonly usage: UsageRecorder,
    private readonly clock: Clock,
  ) {}

  /** @param context of the client that the request names; null: there is none */
  about<Context extends Attempted | null>(context: Context): Context {
    this.#context = context;
    return context;
  }

  async run<T>(request: () => Promise<T>): Promise<T> {
    try {
      return await request();
    } catch (error) {
      const isRefusal = error instanceof CountersignError && transientErrorCode(error) === null;
      const { project, client } = this.#context ?? {};
      if (isRefusal && project && client) {
        const { projectId } = project;
        this.usage.refused({ projectId, clientId: client.clientId }, this.clock.now());
      }
      throw error;
    }
  }
}
