/** The few forms of Markdown that the generated reference has. */

export const code = (text: string) => `\`${text}\``;

export function section(level: number, title: string, ...parts: string[]): string {
  return [`${"#".repeat(level)} ${title}`, ...parts].join("\n\n");
}

export function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|").replaceAll("\n", " ")).join(" | ")} |`;
  return [line(columns), line(columns.map(() => "---")), ...rows.map(line)].join("\n");
}
