/** One end of a talk in numbered messages, in a page as in Node: what it said, and what it heard of the other's. */
import { Flow, type Speaker } from "./flow.ts";

/** What one end has to tell; it travels from a page as JSON. */
export interface Account {
  readonly said: number;
  readonly acknowledged: readonly number[];
  readonly heard: readonly number[];
  /** Those of `heard` that were not what was said. */
  readonly spoilt: readonly number[];
}

type Direction = "up" | "down";

/** Among the texts; what a script, an event stream, JSON and a form each have to escape. */
const ODD = "é😀👩‍👩‍👧\u2028\u2029</script><!--\\n\\\\\n\t\"'&amp;+%2B";
/** One message is as long as this. */
const LONG = { number: 100, length: 300_000 };

export class Voice {
  readonly #says: Direction;
  readonly #acknowledged: number[] = [];
  readonly #heard: number[] = [];
  readonly #spoilt: number[] = [];
  #said = 0;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(says: Direction) {
    this.#says = says;
  }

  get account(): Account {
    return { said: this.#said, acknowledged: this.#acknowledged, heard: this.#heard, spoilt: this.#spoilt };
  }

  get speaking(): boolean {
    return this.#timer !== undefined;
  }

  /** Says the next number every so many ms until `stop`, to whoever it is then. */
  speak(speaker: () => Speaker | undefined, everyMs: number): void {
    this.stop();
    this.#timer = setInterval(() => {
      const socket = speaker();
      if (socket !== undefined) this.say(socket);
    }, everyMs);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  say(speaker: Speaker): void {
    const n = ++this.#said;
    speaker.emit(this.#says, n, content(n), (answer: number) => this.#acknowledged.push(answer));
  }

  /** Writes down what the other end says from now on, and acknowledges it. */
  hear(speaker: Speaker): void {
    speaker.on(
      this.#says === "up" ? "down" : "up",
      (n: number, filler: unknown, acknowledge: (answer: number) => void) => {
        this.#heard.push(n);
        if (!intact(n, filler)) this.#spoilt.push(n);
        acknowledge(n);
      },
    );
  }
}

/** What is wrong with a talk whose ends have these accounts; empty when all came once, whole, in order and acknowledged. */
export function complaints(page: Account, server: Account): readonly string[] {
  return [...flow("up", page, server).complaints(), ...flow("down", server, page).complaints()];
}

/** Whether there is nothing left to wait for; says nothing about what came. */
export function complete(page: Account, server: Account): boolean {
  return flow("up", page, server).complete && flow("down", server, page).complete;
}

function flow(direction: Direction, from: Account, to: Account): Flow {
  const whole = new Flow(direction);
  const nobody: Speaker = { emit: () => undefined, on: () => undefined };
  for (let n = 0; n < from.said; n++) whole.say(nobody, 0);
  for (const n of from.acknowledged) whole.answered(n);
  const spoilt = new Set(to.spoilt);
  for (const n of to.heard) whole.take(n, !spoilt.has(n));
  return whole;
}

/** Follows from the number, so that what arrives can be checked. */
function content(n: number): string | Uint8Array<ArrayBuffer> {
  if (n === LONG.number) return ODD.repeat(LONG.length / ODD.length + 1).slice(0, LONG.length);
  if (n % 10 === 0) return Uint8Array.from({ length: n }, (_, at) => (n + at) & 255);
  return n % 5 === 0 ? `${n} ${ODD}` : `message ${n}`;
}

function intact(n: number, heard: unknown): boolean {
  const said = content(n);
  if (typeof said === "string") return heard === said;
  const bytes = heard instanceof ArrayBuffer ? new Uint8Array(heard) : heard;
  return bytes instanceof Uint8Array && bytes.length === said.length && bytes.every((byte, at) => byte === said[at]);
}
