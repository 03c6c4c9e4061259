/** Those of the server's command line. */
export const EXIT = { DONE: 0, DIFFERENT: 1, MISUSE: 2, REFUSED: 3 } as const;

/** Ends the command with a sentence for people. */
export class Failure extends Error {
  constructor(
    readonly exitCode: typeof EXIT.MISUSE | typeof EXIT.REFUSED,
    message: string,
  ) {
    super(message);
  }
}
