/** A template is invalid. The message is for its author. */
export class ClaimsTemplateError extends Error {
  override readonly name = "ClaimsTemplateError";
}

/** What is wrong at one place of a template, or of a string in it. */
export class TemplateProblem extends Error {
  override readonly name = "TemplateProblem";

  /** @param remedy a second sentence */
  constructor(
    private readonly sentence: string,
    readonly index: number,
    private readonly remedy?: string,
  ) {
    super(sentence);
  }

  moveTo(index: number): TemplateProblem {
    return new TemplateProblem(this.sentence, index, this.remedy);
  }

  /** Line and column count from 1. */
  locate(template: string): ClaimsTemplateError {
    const lines = template.slice(0, this.index).split(/\r\n|\r|\n/);
    const position = `line ${lines.length}, column ${(lines.at(-1)?.length ?? 0) + 1}`;
    const remedy = this.remedy ? `. ${this.remedy}` : "";
    return new ClaimsTemplateError(`${this.sentence} (${position})${remedy}`);
  }
}
