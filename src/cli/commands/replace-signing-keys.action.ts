import { type CommandContext, EXIT, type ExitCode } from "../command.js";
import { readHost, withServices } from "../host.js";

export interface ReplaceSigningKeysFlags {
  confirm?: boolean;
}

export async function runReplaceSigningKeys(
  context: CommandContext,
  { confirm = false }: ReplaceSigningKeysFlags,
): Promise<ExitCode> {
  const kids = await withServices(readHost(context), context, async ({ keyRotation }) => {
    const lost = await keyRotation.findUnsealable();
    if (confirm) await keyRotation.replace(lost);
    return lost.map(({ kid }) => kid);
  });
  const isReplaced = confirm && kids.length > 0;
  context.result({ kids, isReplaced }, sentenceOf(kids.length, isReplaced));
  return kids.length === 0 || isReplaced ? EXIT.DONE : EXIT.DIFFERS;
}

function sentenceOf(count: number, isReplaced: boolean): string {
  if (count === 0) return "The master key opens all signing keys: there is nothing to replace.";
  const keys = count === 1 ? "1 signing key" : `${count} signing keys`;
  if (isReplaced) return `Replaced ${keys}. Start the server.`;
  return `The master key does not open ${keys}. With --confirm they are replaced, and all their tokens end.`;
}
