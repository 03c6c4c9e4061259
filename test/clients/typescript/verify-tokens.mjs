// Reads verifiers with tokens from standard input. Prints for each token null, or why the library that the
// argument names refuses it.
import { json } from "node:stream/consumers";

const { createVerifier } = await import(`./verifiers/${process.argv[2]}.mjs`);

async function refusal(verify, token) {
  try {
    await verify(token);
    return null;
  } catch (error) {
    return error.message;
  }
}

const answer = [];
for (const { tokens, ...settings } of await json(process.stdin)) {
  const verify = createVerifier(settings);
  const refusals = [];
  for (const token of tokens) refusals.push(await refusal(verify, token));
  answer.push(refusals);
}
process.stdout.write(JSON.stringify(answer));
