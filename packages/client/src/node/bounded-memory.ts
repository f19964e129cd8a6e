import type { PlatformMemory } from "../transport/platform.ts";

/** Keys kept at most; the one that was set longest ago is forgotten first. */
const LIMIT = 256;

/** Of this process: a service may talk to ever other servers. */
export class BoundedMemory implements PlatformMemory {
  readonly #values: Map<string, string> = new Map();

  get(key: string): string | undefined {
    return this.#values.get(key);
  }

  set(key: string, value: string): void {
    this.#values.delete(key);
    this.#values.set(key, value);
    const [oldest] = this.#values.keys();
    if (this.#values.size > LIMIT && oldest !== undefined) this.#values.delete(oldest);
  }
}
