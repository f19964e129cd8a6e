import assert from "node:assert/strict";
import type { Bus } from "../bus.ts";
import type { Report } from "../mailbox.ts";

/** A cluster under test. */
export interface BusCluster {
  readonly buses: readonly Bus[];
  /** Lets time pass: by moving a clock, or by waiting. */
  advance(ms: number): Promise<void>;
}

/** Opens a cluster of the nodes named, with nobody else on it. The suite closes the buses. */
export type MakeBuses = (nodes: readonly string[], report: Report) => Promise<BusCluster>;

/** Opens the cluster "a", "b", "c" for one case. */
export async function withBuses(
  make: MakeBuses,
  body: (a: Bus, b: Bus, c: Bus, advance: BusCluster["advance"], reported: unknown[]) => Promise<void>,
): Promise<void> {
  const reported: unknown[] = [];
  const cluster = await make(["a", "b", "c"], (error) => reported.push(error));
  const [a, b, c] = cluster.buses;
  assert.ok(a !== undefined && b !== undefined && c !== undefined);
  try {
    await body(a, b, c, (ms) => cluster.advance(ms), reported);
  } finally {
    await Promise.all([a.close(), b.close(), c.close()]);
  }
}
