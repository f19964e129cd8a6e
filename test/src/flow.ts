/** Numbered messages in one direction, each acknowledged: what was said, what was heard, and what is wrong with it. */

/** A socket of any client, or of the server. */
export interface Speaker {
  emit(event: string, ...args: unknown[]): unknown;
  on(event: string, listener: (...args: never[]) => void): unknown;
}

/** Every so many messages one is binary. */
const BINARY_EVERY = 10;
/** Complaints of one kind that are told. */
const TOLD = 5;

export class Flow {
  readonly #event: string;
  /** Numbers in the order they came. */
  readonly #heard: number[] = [];
  readonly #acknowledged: number[] = [];
  readonly #spoilt: number[] = [];
  #said = 0;

  /** Both peers use the same name for the event of this direction. */
  constructor(event: string) {
    this.#event = event;
  }

  get said(): number {
    return this.#said;
  }

  /** Says the next number, with so many bytes to it. */
  say(speaker: Speaker, size = 10): void {
    const n = ++this.#said;
    speaker.emit(this.#event, n, filling(n, size), (answer: number) => this.#acknowledged.push(answer));
  }

  /** Writes down what this peer hears, and acknowledges it. */
  hear(listener: Speaker): void {
    listener.on(this.#event, (n: number, filler: unknown, acknowledge: (answer: number) => void) => {
      this.take(n, intact(n, filler));
      acknowledge(n);
    });
  }

  /** A message has arrived. */
  take(n: number, whole = true): void {
    this.#heard.push(n);
    if (!whole) this.#spoilt.push(n);
  }

  /** An acknowledgement has come back. */
  answered(n: number): void {
    this.#acknowledged.push(n);
  }

  /** Whether there is nothing left to wait for; says nothing about what came. */
  get complete(): boolean {
    return this.#heard.length >= this.#said && this.#acknowledged.length >= this.#said;
  }

  /** What is wrong; empty when every message came once, whole and in order, and was acknowledged once. */
  complaints(): readonly string[] {
    const acknowledgements = faults(this.#acknowledged, this.#said).map((fault) => `acknowledgements: ${fault}`);
    const spoilt = this.#spoilt.map((n) => `${n} was not what was said`);
    return [...faults(this.#heard, this.#said), ...acknowledgements, ...spoilt].map(
      (complaint) => `${this.#event}: ${complaint}`,
    );
  }
}

/** Where a list of numbers differs from 1, 2, 3, …, `last`. */
function faults(numbers: readonly number[], last: number): string[] {
  const count = new Map<number, number>();
  for (const n of numbers) count.set(n, (count.get(n) ?? 0) + 1);
  const lost = Array.from({ length: last }, (_, at) => at + 1).filter((n) => !count.has(n));
  const repeated = [...count].filter(([, times]) => times > 1).map(([n]) => n);
  const unsaid = [...count.keys()].filter((n) => n < 1 || n > last || !Number.isInteger(n));
  const disordered = numbers.filter((n, at) => n < (numbers[at - 1] ?? n));
  return [
    ...told("lost", lost),
    ...told("repeated", repeated),
    ...told("never said", unsaid),
    ...told("after a later one", disordered),
  ];
}

function told(fault: string, numbers: readonly number[]): string[] {
  if (numbers.length === 0) return [];
  const more = numbers.length > TOLD ? ` and ${numbers.length - TOLD} more` : "";
  return [`${fault} ${numbers.slice(0, TOLD).join(", ")}${more}`];
}

/** Follows from the number, so that what arrives can be checked. */
function filling(n: number, size: number): string | Buffer {
  return n % BINARY_EVERY === 0 ? Buffer.alloc(size, n) : `é${n} `.repeat(Math.ceil(size / 4));
}

function intact(n: number, filler: unknown): boolean {
  if (n % BINARY_EVERY !== 0) return typeof filler === "string" && filler.startsWith(`é${n} `) && filler.endsWith(" ");
  return filler instanceof Uint8Array && filler.every((byte) => byte === (n & 255));
}
