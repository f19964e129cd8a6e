/** Which way bytes go. */
export type Direction = "toServer" | "toClient";
export type Directions = Direction | "both";

/** How a connection is cut: an orderly end, a reset, or a black hole without a word to either side. */
export type CutHow = "fin" | "rst" | "silent";

/** Part of a flow: every direction unless one is named. */
export interface Sided {
  readonly direction?: Directions;
}

export interface CutLimits {
  /** Since the connection was accepted. */
  readonly ms?: number;
  /** So many bytes are forwarded, then it is cut. */
  readonly toServer?: number;
  readonly toClient?: number;
}

/** When a body that is held back goes on: with `true` when it is complete, at the latest after 8 MiB. */
export interface HoldLimits {
  /** Goes on whenever so many bytes are held. */
  readonly bytes?: number;
  /** Goes on so many milliseconds after its first byte was held. */
  readonly ms?: number;
}

/**
 * What goes wrong. Every fault is off unless named, and any may be combined. A number alone stands for the first field of
 * the long form. What each does, its unit and its default are in the table of README.md.
 */
export interface Faults {
  readonly blockUpgrade?: "strip" | "mute" | "hang" | number;
  readonly bufferResponses?: true | number | (HoldLimits & { readonly head?: boolean });
  readonly bufferRequests?: true | number | HoldLimits;
  readonly truncate?: number | { readonly bytes: number; readonly how?: "complete" | CutHow };
  readonly injectStatus?: number | { readonly status: number | readonly number[]; readonly probability?: number };
  readonly duplicateRequests?:
    | true
    | { readonly methods?: string | readonly string[]; readonly probability?: number; readonly parallel?: boolean };
  readonly stripHeaders?: string | readonly string[];
  readonly only?: string | RegExp;

  readonly rejectConnections?: true | "rst" | "fin" | "hang";
  readonly dropEvery?: number;
  readonly delay?: number | (Sided & { readonly ms: number; readonly jitter?: number });
  readonly bandwidth?: number | (Sided & { readonly bytes: number });
  readonly chunkSize?: number | (Sided & { readonly bytes: number });
  readonly corrupt?: number | (Sided & { readonly every?: number; readonly at?: number });
  readonly cutIdle?: number | { readonly ms: number; readonly how?: CutHow };
  readonly cutAfter?: number | CutLimits;
  readonly resetAfter?: number | CutLimits;
  readonly halfOpen?: Directions;
  readonly stall?: Directions;
}

export type FaultName = keyof Faults;
