/** The target's process: one server, and a gauge beside it. */
import { Gauge, type Gauged } from "./gauge.ts";
import type { Target, TargetSettings } from "./targets/target.ts";
import { type Subject, TARGETS } from "./targets/targets.ts";
import { answerQuestions } from "./worker.ts";

export type TargetQuestion =
  | { readonly kind: "start"; readonly subject: Subject; readonly peer: string; readonly settings: TargetSettings }
  /** `collect`: force garbage collections first. `reset`: peaks begin anew afterwards. */
  | { readonly kind: "stat"; readonly collect?: boolean; readonly reset?: boolean };

export interface Stat extends Gauged {
  readonly port: number;
  readonly connections: number;
  /** The most since the last reset. */
  readonly peakConnections: number;
}

const LOOK_INTERVAL = 10;

const gauge = new Gauge();
let target: Target | undefined;
let peakConnections = 0;

function look(): number {
  const connections = target?.connections() ?? 0;
  peakConnections = Math.max(peakConnections, connections);
  return connections;
}

setInterval(look, LOOK_INTERVAL).unref();

async function answer(question: TargetQuestion): Promise<Stat> {
  if (question.kind === "start") {
    const start = TARGETS[question.subject].get(question.peer);
    if (start === undefined) throw new Error(`no target ${question.peer}`);
    target = await start(question.settings);
  } else if (question.collect === true) {
    await gauge.collect();
  }
  const connections = look();
  const stat = { ...gauge.read(), port: target?.port ?? 0, connections, peakConnections };
  if (question.kind === "stat" && question.reset === true) {
    gauge.reset();
    peakConnections = connections;
  }
  return stat;
}

answerQuestions(answer);
