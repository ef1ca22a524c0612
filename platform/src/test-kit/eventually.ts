/**
 * Waits until `probe` gives something other than `undefined` or `false`, and gives that: tests wait for a
 * condition, never for a time.
 * @throws {Error} when it takes longer than `timeoutMs`; the last error of the probe is its cause.
 */
export async function eventually<T>(
  what: string,
  probe: () => Promise<T | undefined | false> | T | undefined | false,
  timeoutMs = 20_000,
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  let cause: unknown;
  for (;;) {
    try {
      const found = await probe();
      if (found !== undefined && found !== false) return found;
      cause = undefined;
    } catch (error) {
      cause = error;
    }
    if (Date.now() > deadline) throw new Error(`waited ${timeoutMs} ms in vain: ${what}`, { cause });
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
