export function setting(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set`);
  return value;
}

export function print(step: string, result: object): void {
  process.stdout.write(`${JSON.stringify({ step, ...result })}\n`);
}
