import { blocksOf } from "./markdown-blocks.js";

/** What a README shows of a story, and the output does not tell at that place. `…` stands for anything. */
export function untoldParts(readme: string, output: string): string[] {
  const [story] = blocksOf(readme, "text");
  const parts = story?.code.split(/…|\n/).filter((part) => part.trim() !== "") ?? [];
  if (parts.length === 0) throw new Error(`${readme} shows no story`);
  let told = 0;
  return parts.filter((part) => {
    const index = output.indexOf(part, told);
    if (index >= 0) told = index + part.length;
    return index < 0;
  });
}
