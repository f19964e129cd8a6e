import assert from "node:assert/strict";
import { settled, TestClock } from "../transport/test-clock.test.ts";
import type { ChannelLink } from "./channel-link.ts";

export interface TestCall {
  readonly event: string;
  readonly body: Record<string, unknown>;
  /** Undefined: the connection or the time went by. */
  readonly answer: (reply: unknown) => Promise<void>;
}

/** A socket under a channel, with the test as the server. */
export class TestLink implements ChannelLink {
  readonly clock: TestClock = new TestClock();
  readonly signals: object[] = [];
  connected = true;
  #calls: TestCall[] = [];

  /** Calls that nobody has taken yet, as `event` and the id or position they carry. */
  get waiting(): string[] {
    return this.#calls.map(({ event, body }) => `${event} ${body.id ?? body.since ?? ""}`.trim());
  }

  request(event: string, body: object | undefined, _timeout: number, answered?: () => void): Promise<unknown> {
    if (!this.connected) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      const answer = (reply: unknown): Promise<void> => {
        answered?.();
        resolve(reply);
        return settled();
      };
      this.#calls.push({ event, body: { ...body }, answer });
    });
  }

  signal(event: string, body: object): void {
    this.signals.push({ event, ...body });
  }

  retryDelay(attempt: number): number {
    return 1_000 * (attempt + 1);
  }

  /** The oldest waiting call, which must be of this event. */
  take(event: string): TestCall {
    const call = this.#calls.shift();
    assert.equal(call?.event, event);
    return call;
  }

  /** The connection is lost: nothing that waits is answered. */
  async lose(): Promise<void> {
    this.connected = false;
    for (const call of this.#calls.splice(0)) await call.answer(undefined);
  }
}

export function refusal(code: string, retry = false): object {
  return { ok: false, error: { code, message: code, retry } };
}

export function published(id: string, offset: number): object {
  return { ok: true, id, epoch: "e", offset, time: 1, duplicate: false };
}
