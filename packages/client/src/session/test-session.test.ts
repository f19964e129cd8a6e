import assert from "node:assert/strict";
import type { TransportName } from "../transport/engine-transport.ts";
import { TestClock } from "../transport/test-clock.test.ts";
import { LosslessTransport } from "./lossless-transport.ts";
import { PREFERENCE } from "./opening-order.ts";
import { FAIR, ModelNetwork, type Weather } from "./test-everwire.test.ts";
import { TransportChoice } from "./transport-choice.ts";

export interface Start {
  readonly opened?: TransportName;
  readonly order?: readonly TransportName[];
  readonly upgrade?: boolean;
  readonly weather?: Weather;
  readonly reattachTimeout?: number;
  readonly random?: () => number;
  /** The application does this with each message. */
  readonly message?: (lossless: LosslessTransport) => void;
  /** What a short poll ends with. */
  readonly hint?: string;
}

export type Session = Awaited<ReturnType<typeof startSession>>;

/** A session that has just been opened, and the model server at its other end. */
export async function startSession({ opened = "websocket", order = PREFERENCE, upgrade = true, ...more }: Start = {}) {
  const clock = new TestClock();
  const net = new ModelNetwork(clock);
  const got: string[] = [];
  const events: string[] = [];
  /** Of the time without a carrier. */
  const signs: string[] = [];
  const waiting: string[] = [];
  net.server.hint = more.hint ?? "650";
  net.weather = { ...FAIR, buffered: more.weather?.buffered ?? FAIR.buffered };
  const transport = net.create(opened, undefined, {
    open: () => undefined,
    packet: (packet) => lossless.openedHandler.packet(packet),
    drain: () => lossless.openedHandler.drain(),
    ended: () => lossless.openedHandler.ended(),
    close: (code, detail) => lossless.openedHandler.close(code, detail),
  });
  transport.open();
  const lossless = new LosslessTransport(
    transport,
    {
      clock,
      create: net.create,
      sid: "s1",
      choice: new TransportChoice(order, PREFERENCE),
      upgrade,
      transportTimeout: 5_000,
      requestTimeout: 20_000,
      maxPayload: 1_000,
      random: more.random ?? (() => 0.5),
      reattachTimeout: more.reattachTimeout ?? 20_000,
    },
    {
      packet: ({ type, data }) => {
        if (type !== "message") events.push(`${type} ${data}`.trim());
        else {
          got.push(String(data));
          more.message?.(lossless);
        }
      },
      drain: () => flush(),
      interrupted: (yes) => signs.push(yes ? "interrupted" : "resumed"),
      attached: (reason) => reason !== undefined && events.push(`${lossless.name} ${reason}`),
      close: (code, detail) => {
        events.push(detail === undefined ? `close ${code}` : `close ${code}: ${detail}`);
        lossless.close();
      },
    },
  );
  /** As the engine does. */
  function flush(): void {
    if (waiting.length === 0 || !lossless.writable) return;
    waiting.splice(0, lossless.send(waiting.map((data) => ({ type: "message", data }))));
  }
  function send(...texts: string[]): void {
    waiting.push(...texts);
    flush();
  }
  await clock.pass(20);
  net.weather = more.weather ?? FAIR;
  lossless.open();
  await clock.pass(20);
  return { clock, net, server: net.server, got, events, signs, lossless, send };
}

/** Everything that both sides send, and that nothing is left over. */
export async function exchange(run: Session, tag: string, wait = 3_000) {
  const { clock, server, got, send } = run;
  const [here, there] = [got.length, server.got.length];
  for (const n of [1, 2, 3]) {
    send(`${tag} up ${n}`);
    server.send(`${tag} down ${n}`);
  }
  await clock.pass(wait);
  assert.deepEqual(
    got.slice(here),
    [1, 2, 3].map((n) => `${tag} down ${n}`),
  );
  assert.deepEqual(
    server.got.slice(there),
    [1, 2, 3].map((n) => `${tag} up ${n}`),
  );
  assert.equal(server.unacknowledged, 0);
}

/** Weather in which these transports do not open. */
export function without(...names: readonly TransportName[]): Weather {
  return { ...FAIR, blocked: (name) => (names.includes(name) ? "refused" : undefined) };
}

export function made({ net }: Session): string[] {
  return net.made.map(({ name, attach }) => `${name} ${attach.turn}`);
}
