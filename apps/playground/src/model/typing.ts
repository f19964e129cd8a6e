/** How long a person counts as typing after their last sign of it. */
const TYPING_LASTS = 4000;
/** How often a typing person says so. */
const SAY_EVERY = 2000;

/** Who is typing. Times are ms of a monotonic clock. */
export class TypingRoster {
  readonly #until = new Map<string, number>();

  /** Takes a person's sign that they type, or that they stopped. */
  hear(id: string, typing: boolean, now: number): void {
    if (typing) this.#until.set(id, now + TYPING_LASTS);
    else this.#until.delete(id);
  }

  /** Forgets those whose time is over and returns the ids of the others, longest typing first. */
  current(now: number): string[] {
    for (const [id, until] of this.#until) if (until <= now) this.#until.delete(id);
    return [...this.#until.keys()];
  }

  /** When the next person's time is over. */
  get nextExpiry(): number | undefined {
    return this.#until.size === 0 ? undefined : Math.min(...this.#until.values());
  }

  clear(): void {
    this.#until.clear();
  }
}

/** Decides when our own typing is told to the others. */
export class TypingThrottle {
  #saidAt: number | undefined;

  /** True when a key press at `now` should be told. */
  press(now: number): boolean {
    if (this.#saidAt !== undefined && now - this.#saidAt < SAY_EVERY) return false;
    this.#saidAt = now;
    return true;
  }

  /** True when the others were told and now should hear that it is over. */
  stop(now: number): boolean {
    const told = this.#saidAt !== undefined && now - this.#saidAt < TYPING_LASTS;
    this.#saidAt = undefined;
    return told;
  }
}

/** The line under the messages; empty when nobody types. */
export function typingSentence(names: readonly string[]): string {
  const [first, second, third] = names;
  if (first === undefined) return "";
  if (second === undefined) return `${first} is typing…`;
  if (third === undefined) return `${first} and ${second} are typing…`;
  return names.length === 3 ? `${first}, ${second} and ${third} are typing…` : "Several people are typing…";
}
