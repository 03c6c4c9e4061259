import { readConfig } from "../../config.js";
import { onStopSignals } from "../../stop-signals.js";
import { type CommandContext, CommandError, EXIT, type ExitCode } from "../command.js";
import { startMockServer } from "../mock/mock-server.js";
import { MockFileError } from "../mock/mock-setup.js";

export async function runServe(
  context: CommandContext,
  { mock }: { mock?: string },
): Promise<ExitCode> {
  if (mock !== undefined) return serveMock(context, mock);
  // The module is the server's process, and of its workers too: it reads the settings and starts.
  await import("../../main.js");
  return EXIT.DONE;
}

async function serveMock(context: CommandContext, file: string): Promise<ExitCode> {
  if (context.env["NODE_ENV"] === "production") {
    throw new CommandError(
      "--mock is for tests: NODE_ENV=production does not serve it",
      EXIT.MISUSE,
    );
  }
  const server = await startMockServer(file, readConfig(context.env)).catch((error: unknown) => {
    throw error instanceof MockFileError ? new CommandError(error.message, EXIT.MISUSE) : error;
  });
  const { url, issuer } = server;
  context.result(
    { url, issuer },
    `A mock of Countersign listens on ${url}\n  issuer   ${issuer}\n  control  ${url}/mock`,
  );
  onStopSignals(() => void server.close());
  return EXIT.DONE;
}
