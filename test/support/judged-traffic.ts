import type { Server } from "node:http";
import { type Exchange, observeTraffic } from "./http-traffic.js";

/** Judges what servers of tests answer by docs/reference/openapi.json, but for GraphQL, which is most of it. */
export class JudgedTraffic {
  /** What of the description the traffic has met so far, as `everythingDescribed` names it. */
  readonly met = new Set<string>();
  readonly #problems = new Set<string>();
  #isGraphqlIncluded = false;
  #judging: Promise<void> = Promise.resolve();

  observe(server: Server): void {
    observeTraffic(server, (exchange) => {
      const isGraphql = exchange.method === "POST" && exchange.url.endsWith("/graphql");
      if (isGraphql && !this.#isGraphqlIncluded) return;
      this.#judging = this.#judging.then(() => this.#judge(exchange));
    });
  }

  includeGraphql(): void {
    this.#isGraphqlIncluded = true;
  }

  /** @throws if an answer is not described */
  async assertDescribed(): Promise<void> {
    await this.#judging;
    const problems = [...this.#problems];
    if (problems.length === 0) return;
    throw new Error(`docs/reference/openapi.json does not describe:\n${problems.join("\n")}`);
  }

  async #judge(exchange: Exchange): Promise<void> {
    // Most test files have no use for it.
    const { judge } = await import("./openapi-judge.js");
    const { problems, met } = judge(exchange);
    for (const problem of problems) this.#problems.add(problem);
    for (const part of met) this.met.add(part);
  }
}
