/**
 * Waits for what may never come: functions of the application can hang, and runtimes at the edge may drop what a request
 * has begun when it ends, without a word.
 * @throws Error after this time
 */
export async function withinTimeout<T>(result: Promise<T>, seconds: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeout = new Promise<never>((_, reject) => {
    const giveUp = () => reject(new Error(`Nothing has come within ${seconds} s`));
    timer = setTimeout(giveUp, seconds * 1000);
  });
  return Promise.race([result, timeout]).finally(() => clearTimeout(timer));
}
