/** Waits with a condition and a deadline. */

interface Source {
  once(event: string, listener: (...args: never[]) => void): unknown;
}

/** The arguments of the next event of that name. */
export function nextEvent<T extends unknown[]>(source: Source, event: string, withinMs = 60_000): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`no "${event}" within ${withinMs} ms`)), withinMs);
    source.once(event, (...args: unknown[]) => {
      clearTimeout(late);
      resolve(args as T);
    });
  });
}

/** Polls until the condition holds. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  withinMs = 60_000,
): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`${what}: not within ${withinMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 15));
  }
}
