import type { Compression, Measurement, Workload } from "./generator/job.ts";
import type { Command } from "./pinning.ts";

/** A server program that is measured. */
export interface Peer {
  readonly name: string;
  /** Prepares it, e.g. compiles it; returns why it cannot run here, or nothing. Called once. */
  readonly prepare: () => string | undefined;
  /** Its program; the flags of `ServerSettings` are added. `nodeOptions` are for Node programs only. */
  readonly command: (nodeOptions: readonly string[]) => Command;
  readonly versions: () => readonly string[];
}

/** What the server of a row is told. */
export interface RowServer {
  readonly tls: boolean;
  readonly compression: Compression;
}

/** What the issue asks of the ratio of subject to reference. */
export interface Goal {
  readonly relation: ">=" | "<=";
  readonly ratio: number;
}

/** One number taken from a row's measurement: a line of the table. */
export interface Figure {
  readonly title: string;
  readonly unit: string;
  readonly goal: Goal;
  /** What is shown, in `unit`. */
  readonly shown: (measurement: Measurement) => number;
  /** What is divided pair by pair. */
  readonly compared: (measurement: Measurement) => number;
}

export interface Row {
  readonly name: string;
  readonly server: RowServer;
  readonly workload: Workload;
  /** Smaller, for `--quick`; the same where nothing is given. */
  readonly quickWorkload?: Workload;
  readonly figures: readonly Figure[];
}

export interface Bench {
  readonly name: string;
  readonly title: string;
  /** The first is the subject, the second the reference of the goals; the rest are there to compare. */
  readonly peers: readonly Peer[];
  readonly rows: readonly Row[];
}
