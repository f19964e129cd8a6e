import { setTimeout as pause } from "node:timers/promises";
import type { AttackEnding, Outcome, Size } from "./attack.ts";
import { RawClient } from "./raw-client.ts";

/** How many connections are made at a time, so that the kernel's queue of them does not overflow. */
const IN_FLIGHT = 100;

const LOOK_INTERVAL = 50;

/** Where an attack takes place: the server's port, how large it is to be, and those who take part. */
export class Field {
  readonly port: number;
  readonly attackers: number;
  readonly amount: number;
  readonly clients: RawClient[] = [];
  /** Counted by an attack that does not keep its connections. */
  readonly endings = new Map<string, number>();
  failures = 0;
  #since: number;
  readonly #end: number;

  /** After `watchMs` nobody waits any longer. */
  constructor(port: number, { attackers, amount }: Size, watchMs: number) {
    this.port = port;
    this.attackers = attackers;
    this.amount = amount;
    this.#since = performance.now();
    this.#end = this.#since + watchMs;
  }

  /** Whether there is nothing to do any more: all are gone, or it has lasted too long. */
  get over(): boolean {
    return (
      performance.now() > this.#end || (this.clients.length > 0 && this.clients.every((one) => one.gone !== undefined))
    );
  }

  get late(): boolean {
    return performance.now() > this.#end;
  }

  /** What the row measures begins now. */
  restartClock(): void {
    this.#since = performance.now();
  }

  /** Connects every attacker, some at a time. */
  async crowd(open: () => Promise<RawClient>): Promise<readonly RawClient[]> {
    let left = this.attackers;
    const openNext = async (): Promise<void> => {
      while (left-- > 0) this.clients.push(await open());
    };
    await Promise.all(Array.from({ length: Math.min(IN_FLIGHT, this.attackers) }, openNext));
    return this.clients;
  }

  dialled(): Promise<readonly RawClient[]> {
    return this.crowd(() => RawClient.dial(this.port));
  }

  upgraded(path: string, extensions?: string): Promise<readonly RawClient[]> {
    return this.crowd(() => RawClient.upgrade(this.port, path, extensions));
  }

  /** Has every attacker do the same at the same time. */
  async each(act: (client: RawClient) => Promise<void>): Promise<void> {
    await Promise.all(this.clients.map(act));
  }

  /** Has every attacker write the chunk again and again, `times` at most, for as long as the server takes it. */
  async floodEach(chunk: Buffer, times: number): Promise<void> {
    await this.each(async (client) => {
      for (let sent = 0; sent < times && client.gone === undefined && !this.late; sent++) await client.sent(chunk);
    });
  }

  /** Acts once for every attacker, at most `lanes` at a time, each lane with something of its own that it keeps. */
  async inLanes<T>(
    lanes: number,
    open: () => Promise<T>,
    act: (lane: T, index: number) => Promise<void>,
  ): Promise<void> {
    let next = 0;
    const lane = async (): Promise<void> => {
      const own = await open();
      for (let index = next++; index < this.attackers && !this.late; index = next++) await act(own, index);
    };
    await Promise.all(Array.from({ length: Math.min(lanes, this.attackers) }, lane));
  }

  note(ending: string): void {
    this.endings.set(ending, (this.endings.get(ending) ?? 0) + 1);
  }

  /** Waits until all are gone, or it has lasted too long. */
  async drained(): Promise<void> {
    while (!this.over) await pause(LOOK_INTERVAL);
  }

  outcome(ending: AttackEnding, ended: number): Outcome {
    const dropped = this.clients.filter((client) => client.gone !== undefined);
    for (const client of dropped) this.note(client.ending);
    const longest = this.clients.reduce((most, { gone, since }) => Math.max(most, (gone ?? ended) - since), 0);
    return {
      attackers: this.attackers,
      dropped: dropped.length,
      seconds: (ending === "dropped" ? longest : ended - this.#since) / 1000,
      sentBytes: this.clients.reduce((sum, { sentBytes }) => sum + sentBytes, 0),
      failures: this.failures,
      endings: Object.fromEntries(this.endings),
    };
  }
}
