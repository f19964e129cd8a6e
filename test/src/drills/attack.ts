import type { Field } from "./field.ts";
import type { TargetSettings } from "./targets/target.ts";
import type { Subject } from "./targets/targets.ts";

/** What a row promises beyond what holds for all of them (see `judge`). Growth is the peak minus what there was before. */
export interface Bounds {
  /** Growth of resident memory, in MB of 10^6 bytes. */
  readonly rss?: number;
  /** Seconds until each attacker is dropped, or until all are served. */
  readonly within?: number;
  /** The longest that the event loop stands still, in milliseconds. */
  readonly stall?: number;
  /**
   * Resident memory that may still be there afterwards, in MB beyond what every row may keep: what nothing holds any more
   * and yet takes its time to go. That nothing holds it is judged in any case.
   */
  readonly retained?: number;
  /** The probe's p99 in milliseconds, where the row names a figure. */
  readonly p99?: number;
  /** How many sessions the server may have for the attackers at one time. */
  readonly sessions?: number;
}

export interface Size {
  readonly attackers: number;
  /** How much each does, in the row's own unit; 1 where there is nothing to say. */
  readonly amount: number;
  readonly bounds: Bounds;
}

export type SizeName = "quick" | "full";

/**
 * What the server has to do about the attackers: close their connections, serve them and stay as it is, or forget their
 * sessions, whether their connections are still there or not.
 */
export type AttackEnding = "dropped" | "served" | "forgotten";

/** One row of the table: what is sent, by how many, and what it may cost. */
export interface Attack {
  readonly name: string;
  /** What the attackers do, for the report. */
  readonly title: string;
  readonly subject: Subject;
  readonly settings?: Omit<TargetSettings, "limits">;
  readonly ending: AttackEnding;
  readonly full: Size;
  readonly quick: Size;
  /** Attacks. Those who are to be dropped are waited for afterwards. */
  readonly run: (field: Field) => Promise<void>;
}

/** What the attackers saw. */
export interface Outcome {
  readonly attackers: number;
  /** How many the server has closed. */
  readonly dropped: number;
  /** How long the last of them lasted, or all took; seconds. */
  readonly seconds: number;
  readonly sentBytes: number;
  /** Whatever the row counts as a failure of the service. */
  readonly failures: number;
  /** How they ended: close code, HTTP status or what TCP said, and how many. */
  readonly endings: Readonly<Record<string, number>>;
}
