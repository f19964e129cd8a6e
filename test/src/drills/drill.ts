import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { Attack, Bounds, Outcome, SizeName } from "./attack.ts";
import type { AttackerQuestion } from "./attacker-process.ts";
import type { ProbeQuestion, ProbeReport } from "./probe-process.ts";
import type { Stat, TargetQuestion } from "./target-process.ts";
import { type CommonBounds, isBack, type Judgement, judge, type Measurement } from "./verdict.ts";
import { Worker } from "./worker.ts";

/** How much time a size takes for what is not the attack, and what it can tell of a server's speed. Milliseconds. */
interface Pace {
  readonly warmConnections: number;
  readonly warmMs: number;
  readonly quietMs: number;
  /** How long the probe is listened to at least: what it says of a moment is no percentile. */
  readonly attackedMs: number;
  /** How long beyond its bound an attack is watched, so that the report can say how late it was. */
  readonly patienceMs: number;
  readonly settleMs: number;
  /** Whether the server is made to collect its garbage afterwards, as there is no time to wait until it does. */
  readonly settleByForce: boolean;
  readonly common: CommonBounds;
}

const PACES: Readonly<Record<SizeName, Pace>> = {
  full: {
    warmConnections: 500,
    warmMs: 2000,
    quietMs: 5000,
    attackedMs: 10_000,
    patienceMs: 35_000,
    settleMs: 60_000,
    settleByForce: false,
    common: { p99: 50, p99Ratio: 3, residentAfter: true },
  },
  // A few hundred echoes on a machine that may be doing something else: only that the server goes on answering.
  quick: {
    warmConnections: 50,
    warmMs: 50,
    quietMs: 150,
    attackedMs: 100,
    patienceMs: 500,
    settleMs: 2000,
    settleByForce: true,
    common: { p99: 5000, p99Ratio: Infinity, residentAfter: false },
  },
};

/** An attack that says nothing any more has broken down. */
const LONGEST_ATTACK = 180_000;

/** Seconds for a row that is not about time. */
const UNHURRIED = 60;

const SETTLE_INTERVAL = 250;

/** What became of one row. */
export type Result =
  | { readonly kind: "measured"; readonly measurement: Measurement; readonly judgements: readonly Judgement[] }
  /** The drill came to no end: most often because the server did. */
  | { readonly kind: "broken"; readonly reason: string };

export function passed(result: Result): boolean {
  return result.kind === "measured" && result.judgements.every(({ held }) => held);
}

/** Attacks a fresh server, while a probe uses it. */
export async function drill(attack: Attack, size: SizeName, peer: string): Promise<Result> {
  const others = size === "full" ? "others" : undefined;
  const target = new Worker<TargetQuestion, Stat>({
    script: script("target-process.js"),
    core: size === "full" ? "target" : undefined,
    nodeOptions: ["--expose-gc"],
  });
  const probe = new Worker<ProbeQuestion, ProbeReport>({ script: script("probe-process.js"), core: others });
  const attackers = new Worker<AttackerQuestion, Outcome>({ script: script("attacker-process.js"), core: others });
  try {
    const measurement = await measure({ attack, size, peer, target, probe, attackers });
    const judgements = judge(measurement, attack.ending, attack[size].bounds, PACES[size].common);
    return { kind: "measured", measurement, judgements };
  } catch (error) {
    const reason = target.ending === undefined ? String(error) : `the server ${target.ending}`;
    return { kind: "broken", reason };
  } finally {
    await Promise.all([attackers.stop(), probe.stop(), target.stop()]);
  }
}

interface Cast {
  readonly attack: Attack;
  readonly size: SizeName;
  readonly peer: string;
  readonly target: Worker<TargetQuestion, Stat>;
  readonly probe: Worker<ProbeQuestion, ProbeReport>;
  readonly attackers: Worker<AttackerQuestion, Outcome>;
}

async function measure(cast: Cast): Promise<Measurement> {
  const { attack, size, peer, target, probe, attackers } = cast;
  const pace = PACES[size];
  const limits = size === "quick" ? "short" : "default";
  const settings = { limits, ...attack.settings } as const;
  const { port } = await target.ask({ kind: "start", subject: attack.subject, peer, settings });
  await probe.ask({ kind: "start", port, subject: attack.subject });
  await attackers.ask({ kind: "warm", port, subject: attack.subject, connections: pace.warmConnections });
  await pause(pace.warmMs);
  await target.ask({ kind: "stat", collect: true });
  await probe.ask({ kind: "report" });
  await pause(pace.quietMs);
  const quiet = await probe.ask({ kind: "report" });
  const before = await target.ask({ kind: "stat", reset: true });
  const { within = UNHURRIED } = attack[size].bounds;
  const watchMs = within * 1000 + pace.patienceMs;
  const question = { kind: "attack", port, name: attack.name, size, watchMs } as const;
  const [outcome] = await Promise.all([carriedOut(cast, question, before), pause(pace.attackedMs)]);
  const attacked = await probe.ask({ kind: "report" });
  const during = await target.ask({ kind: "stat" });
  await attackers.stop();
  const after = await settled(target, before, pace, attack[size].bounds);
  const collected = await target.ask({ kind: "stat", collect: true });
  return { before, during, after, collected, quiet, attacked, outcome };
}

/** What became of the attackers. Whose sessions are forgotten, only the target can say. */
async function carriedOut(
  { attack, target, attackers }: Cast,
  question: AttackerQuestion & { kind: "attack" },
  before: Stat,
): Promise<Outcome> {
  const outcome = await attackers.ask(question, LONGEST_ATTACK);
  if (attack.ending !== "forgotten") return outcome;
  const attacked = performance.now();
  for (;;) {
    const { connections } = await target.ask({ kind: "stat" });
    const left = Math.max(0, connections - before.connections);
    const waited = performance.now() - attacked;
    if (left === 0 || waited > question.watchMs) {
      return { ...outcome, dropped: Math.max(0, outcome.attackers - left), seconds: waited / 1000 };
    }
    await pause(SETTLE_INTERVAL);
  }
}

/** Waits until the target holds no more than before. */
async function settled(target: Cast["target"], before: Stat, pace: Pace, bounds: Bounds): Promise<Stat> {
  const end = performance.now() + pace.settleMs;
  for (;;) {
    const now = await target.ask({ kind: "stat", collect: pace.settleByForce });
    if (isBack(before, now, pace.common, bounds) || performance.now() > end) return now;
    await pause(SETTLE_INTERVAL);
  }
}

function script(name: string): string {
  return join(import.meta.dirname, name);
}
