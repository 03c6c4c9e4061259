import { createInterface } from "node:readline";

/**
 * Reads tool calls from standard input, one a line: `{ tool, arguments, …agent }`. Prints for each what the
 * tool answers (`text`) or what the SDK throws (`error`). An agent keeps its connection from call to call.
 * @param connect makes a connected Client of the SDK for an agent
 */
export async function callTools(connect) {
  const clients = new Map();
  for await (const line of createInterface({ input: process.stdin })) {
    const call = JSON.parse(line);
    const answer = await callTool(call).catch(describe);
    process.stdout.write(`${JSON.stringify(answer)}\n`);
  }

  async function callTool({ tool, arguments: values, ...agent }) {
    const key = JSON.stringify(agent);
    const client = clients.get(key) ?? (await connect(agent));
    clients.set(key, client);
    const { content } = await client.callTool({ name: tool, arguments: values });
    return { text: content[0].text };
  }
}

const describe = ({ name, code, errorCode, message }) => ({
  error: { name, code: errorCode ?? code, message },
});
