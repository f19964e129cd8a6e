import type { PlatformMemory } from "../transport/platform.ts";

const PREFIX = "everwire:";

/** localStorage. A page may be forbidden to use it, and then to look at it is an error already: nothing is kept there. */
export const browserMemory: PlatformMemory = {
  get: (key) => attempt(() => localStorage.getItem(PREFIX + key) ?? undefined),
  set: (key, value) => attempt(() => localStorage.setItem(PREFIX + key, value)),
};

function attempt<T>(access: () => T): T | undefined {
  try {
    return access();
  } catch {
    return undefined;
  }
}
