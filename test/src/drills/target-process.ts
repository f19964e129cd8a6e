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
}

const gauge = new Gauge();
let target: Target | undefined;

async function answer(question: TargetQuestion): Promise<Stat> {
  if (question.kind === "start") {
    const start = TARGETS[question.subject].get(question.peer);
    if (start === undefined) throw new Error(`no target ${question.peer}`);
    target = await start(question.settings);
  } else if (question.collect === true) {
    await gauge.collect();
  }
  const stat = { ...gauge.read(), port: target?.port ?? 0, connections: target?.connections() ?? 0 };
  if (question.kind === "stat" && question.reset === true) gauge.reset();
  return stat;
}

answerQuestions(answer);
