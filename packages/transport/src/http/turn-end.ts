/** Something to be done at the end of a turn of the event loop. */
export interface TurnWork {
  endTurn(): void;
}

/** Looking at a body that has come, or writing an answer. */
type Part = "body" | "answer";

const waiting: Record<Part, TurnWork[]> = { body: [], answer: [] };
let scheduled = false;

/**
 * Does it when this turn of the event loop has read all that there was to read: first all bodies are looked at, then all
 * answers are written, those to the bodies among them, each in the order of the calls.
 *
 * So the requests of many clients are not read, dispatched and answered one by one. A write costs least while its
 * receiver is still awake from the one before, and what a turn emits for a client leaves in one answer.
 */
export function atTurnEnd(part: Part, work: TurnWork): void {
  waiting[part].push(work);
  if (scheduled) return;
  scheduled = true;
  setImmediate(endTurn);
}

function endTurn(): void {
  scheduled = false;
  try {
    run("body");
  } finally {
    run("answer");
  }
}

function run(part: Part): void {
  const all = waiting[part];
  if (all.length === 0) return;
  waiting[part] = [];
  let done = 0;
  try {
    for (const work of all) {
      done += 1;
      work.endTurn();
    }
  } finally {
    // One that throws must not keep the others from theirs.
    for (const work of all.slice(done)) atTurnEnd(part, work);
  }
}
