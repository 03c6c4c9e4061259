import { readFileSync } from "node:fs";
import { Kind, parse } from "graphql";
import { fromMarkdown } from "mdast-util-from-markdown";
import { visit } from "unist-util-visit";

/** A fenced code block of a page. */
export interface Block {
  language: string;
  /** What follows the language, such as a file name; empty if nothing does. */
  meta: string;
  code: string;
  /** Line of the page on which the block begins. */
  line: number;
}

/** The code blocks of a Markdown file in the order of the page, those within lists too. */
export const blocksOf = (file: string, ...languages: string[]): Block[] =>
  blocksIn(readFileSync(file, "utf8"), ...languages);

/** @param languages the languages that are wanted; all of them if none is named */
export function blocksIn(markdown: string, ...languages: string[]): Block[] {
  const blocks: Block[] = [];
  visit(fromMarkdown(markdown), "code", ({ lang, meta, value, position }) => {
    const language = lang ?? "";
    if (languages.length > 0 && !languages.includes(language)) return;
    const line = position?.start.line ?? 0;
    blocks.push({ language, meta: meta ?? "", code: `${value}\n`, line });
  });
  return blocks;
}

/** The GraphQL operations of a page that have a name. */
export function operationsOf(file: string): Map<string, string> {
  return new Map(
    blocksOf(file, "graphql").flatMap(({ code }) =>
      parse(code).definitions.flatMap((definition) =>
        definition.kind === Kind.OPERATION_DEFINITION && definition.name
          ? [[definition.name.value, code] as const]
          : [],
      ),
    ),
  );
}
