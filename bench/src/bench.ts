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
  /** Figures without one are in no line of the first table; a bench that has them shows them in its own. */
  readonly goal?: Goal;
  /** What is shown, in `unit`. */
  readonly shown: (measurement: Measurement) => number;
  /** What is divided pair by pair. */
  readonly compared: (measurement: Measurement) => number;
}

export interface Row {
  readonly name: string;
  readonly server: RowServer;
  readonly workload: Workload;
  /** Those that can do it; all where nothing is given. */
  readonly peers?: readonly Peer[];
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
  /** A second table. */
  readonly comparison?: Comparison;
}

/** A table whose lines are ways of doing the same work, made of the figures of several rows. */
export interface Comparison {
  readonly title: string;
  /** What has to be known to read it, in Markdown. */
  readonly text: string;
  /** The ways. Each has a line for every peer that took part in its rows. */
  readonly entries: readonly { readonly name: string; readonly rows: readonly Row[] }[];
  readonly columns: readonly { readonly head: string; readonly figure: Figure }[];
}
