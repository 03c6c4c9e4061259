import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "@jest/globals";
import { blocksOf } from "../support/markdown-blocks.js";
import { Shell } from "../support/shell.js";

/** Runs the commands of a page on the host of a server, one block after another. */
export class GuideReader {
  readonly #home = mkdtempSync(path.join(tmpdir(), "countersign-guide-"));
  readonly #blocks: ReturnType<typeof blocksOf>;
  readonly #shell: Shell;

  /** @param environment the settings of the server */
  constructor(
    private readonly page: string,
    private readonly environment: Readonly<Record<string, string>>,
  ) {
    this.#blocks = blocksOf(page, "sh");
    symlinkSync(path.resolve("bin/countersign.js"), path.join(this.#home, "countersign"));
    const folder = path.join(this.#home, "reader");
    mkdirSync(folder);
    this.#shell = new Shell(this.#home, folder);
  }

  /**
   * Runs the next block.
   * @param replace text of the page, and what the reader writes in its place
   * @returns what it prints
   */
  async next(replace: Readonly<Record<string, string>> = {}): Promise<string> {
    const block = this.#blocks.shift();
    if (!block) throw new Error(`${this.page} has no more commands`);
    let text = block.code;
    for (const [from, to] of Object.entries(replace)) text = text.replaceAll(from, to);
    const PATH = `${this.#home}:${process.env["PATH"]}`;
    const { code, output, errors } = await this.#shell.run(text, { ...this.environment, PATH });
    expect([block.line, code, code === 0 ? "" : errors]).toEqual([block.line, 0, ""]);
    return output;
  }

  /** @throws if commands of the page are left */
  close(): void {
    rmSync(this.#home, { recursive: true });
    expect(this.#blocks).toEqual([]);
  }
}
