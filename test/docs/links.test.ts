import { existsSync, globSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "@jest/globals";
import GithubSlugger from "github-slugger";
import { fromMarkdown } from "mdast-util-from-markdown";
import { toString as textOf } from "mdast-util-to-string";
import { visit } from "unist-util-visit";

const PAGES = globSync("**/*.md", {
  exclude: (name) => /(?:^|\/)(?:node_modules|dist|\.git)(?:\/|$)/.test(name),
}).sort();

interface Page {
  links: readonly string[];
  anchors: ReadonlySet<string>;
}

function read(file: string): Page {
  const links: string[] = [];
  const anchors = new Set<string>();
  const slugger = new GithubSlugger();
  visit(fromMarkdown(readFileSync(file, "utf8")), (node) => {
    if (node.type === "link" || node.type === "image" || node.type === "definition") {
      links.push(node.url);
    }
    if (node.type === "heading") anchors.add(slugger.slug(textOf(node)));
  });
  return { links, anchors };
}

const pages = new Map(PAGES.map((file) => [file, read(file)]));

/** The file and the anchor that a relative link leads to. */
function targetOf(file: string, link: string): { target: string; anchor: string } {
  const [to = "", anchor = ""] = decodeURI(link).split("#");
  const target = to === "" ? file : path.normalize(path.join(path.dirname(file), to));
  return { target: target.replace(/\/$/, ""), anchor };
}

const relativeLinks = (file: string) =>
  (pages.get(file)?.links ?? []).filter((link) => !/^[a-z]+:/.test(link));

test.each(PAGES)("%s has no dead links", (file) => {
  const dead = relativeLinks(file).filter((link) => {
    const { target, anchor } = targetOf(file, link);
    return !existsSync(target) || (anchor !== "" && !pages.get(target)?.anchors.has(anchor));
  });
  expect(dead).toEqual([]);
});

/** The pages that a page's links lead to; a link to a folder leads to the pages in it. */
const linkedFrom = (file: string) =>
  relativeLinks(file)
    .map((link) => targetOf(file, link).target)
    .flatMap((target) => PAGES.filter((page) => page === target || path.dirname(page) === target));

function reachableFrom(start: string): Set<string> {
  const reached = new Set([start]);
  for (const file of reached) for (const page of linkedFrom(file)) reached.add(page);
  return reached;
}

test("every page is reached from README.md", () => {
  const reached = reachableFrom("README.md");
  expect(PAGES.filter((file) => !reached.has(file))).toEqual([]);
});

test("docs/README.md has a link to every page of docs", () => {
  const targets = linkedFrom("docs/README.md");
  const guides = PAGES.filter((file) => file.startsWith("docs/") && file !== "docs/README.md");
  expect(guides.filter((file) => !targets.includes(file))).toEqual([]);
});

test("README.md has at most 1,200 words", () => {
  const words = readFileSync("README.md", "utf8").split(/\s+/).filter(Boolean);
  expect(words.length).toBeLessThanOrEqual(1200);
});
