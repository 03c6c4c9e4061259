/** A hook of the application's. What it throws, or rejects with, changes nothing. */
export function harmless<T>(hook: ((value: T) => unknown) | undefined): (value: T) => void {
  return (value) => {
    const call = async () => hook?.(value);
    call().catch(() => {});
  };
}
