/** Where a probe tells what it sees. */
export interface Witness {
  /** An echo came after so many milliseconds. */
  echoed(milliseconds: number): void;
  /** A connection was lost, or an echo did not come. */
  failed(): void;
}

/** Opens its connections and goes on using them. Resolves when all are open. */
export type Probe = (port: number, witness: Witness) => Promise<void>;

export const CONNECTIONS = 20;
/** 20 messages a second on each. */
export const INTERVAL = 50;
/** An echo that takes longer than this has failed. */
export const LONGEST_ECHO = 5000;

export const QUESTION: string = "are you there?".padEnd(64, ".");
