/** The attackers' process. */
import { constants, setPriority } from "node:os";
import type { Outcome, SizeName } from "./attack.ts";
import { warmServer } from "./attacks/session.ts";
import { exhaustion } from "./exhaustion.ts";
import { Field } from "./field.ts";
import type { Subject } from "./targets/targets.ts";
import { answerQuestions } from "./worker.ts";

export type AttackerQuestion =
  /** Uses the server once, so that what it does at first is not taken for a consequence of the attack. */
  | { readonly kind: "warm"; readonly port: number; readonly subject: Subject; readonly connections: number }
  | {
      readonly kind: "attack";
      readonly port: number;
      readonly name: string;
      readonly size: SizeName;
      readonly watchMs: number;
    };

async function warm({ port, subject, connections }: AttackerQuestion & { kind: "warm" }): Promise<Outcome> {
  const field = new Field(port, { attackers: connections, amount: 1, bounds: {} }, 10_000);
  if (subject === "server") await warmServer(field);
  else for (const client of await field.upgraded("/echo")) client.reset();
  return field.outcome("served", performance.now());
}

async function attack({ port, name, size, watchMs }: AttackerQuestion & { kind: "attack" }): Promise<Outcome> {
  // The probe shares the core: what it measures is to be the server's slowness, not ours.
  if (size === "full") setPriority(constants.priority.PRIORITY_LOW);
  const row = exhaustion.find((one) => one.name === name);
  if (row === undefined) throw new Error(`no attack ${name}`);
  const field = new Field(port, row[size], watchMs);
  await row.run(field);
  if (row.ending === "dropped") await field.drained();
  return field.outcome(row.ending, performance.now());
}

answerQuestions((question: AttackerQuestion) => (question.kind === "warm" ? warm(question) : attack(question)));
