// What the tests of sessions share: a session on a transport that does as it is told. It holds no test of its own.
import type { CloseReason } from "@everwire/protocol";
import { DeadlineWheel } from "@everwire/websocket";
import type { FailureReason } from "./failures.ts";
import { OutgoingPacket } from "./packet/outgoing-packet.ts";
import type { SendQueue } from "./packet/send-queue.ts";
import type { SendCounters } from "./session/backlog.ts";
import { QueueGuard } from "./session/queue-guard.ts";
import { EngineSession, type SessionHandler, type SessionOwner } from "./session/session.ts";
import { DETACHED, type Ending, type Transport, type TransportSink } from "./transport.ts";

/** A transport that takes packets while it is told to. */
export class FakeTransport implements Transport {
  readonly name = "websocket";
  listening = true;
  readonly bufferedBytes = 0;
  sink: TransportSink = DETACHED;
  readonly sent: string[] = [];
  open = true;
  /** How many packets it takes although it is not open. */
  takes = 0;
  ended: Ending | undefined;

  pull(queue: SendQueue): void {
    for (; this.takes > 0 && !queue.empty; this.takes--) this.sent.push(queue.shift()?.payload ?? "");
    if (this.open) for (const packet of queue.take(Number.POSITIVE_INFINITY)) this.sent.push(packet.payload);
  }

  end(queue: SendQueue, how: Ending): void {
    this.ended = how;
    if (how === "linger") this.pull(queue);
    this.sink.gone();
  }
}

export interface Bench {
  readonly session: EngineSession;
  readonly transport: FakeTransport;
  readonly wheel: DeadlineWheel;
  readonly refused: FailureReason[];
  readonly counters: SendCounters;
  readonly heard: string[];
  readonly closed: { reason: CloseReason; detail: string | undefined }[];
  /** Lets time pass for the wheel; the session itself reads the real clock. */
  pass(ms: number): void;
}

export function bench(
  handler: Partial<SessionHandler> = {},
  sendQueueLimit = 1024 * 1024,
  guard = new QueueGuard(),
): Bench {
  let clock = performance.now();
  const wheel = new DeadlineWheel(() => clock, 10);
  const transport = new FakeTransport();
  const refused: FailureReason[] = [];
  const counters = { droppedVolatile: 0, coalesced: 0, discarded: 0 };
  const heard: string[] = [];
  const closed: Bench["closed"] = [];
  const owner: SessionOwner = {
    options: { pingInterval: 25_000, pingTimeout: 20_000, sendQueueLimit, totalQueueLimit: 2 ** 40 },
    wheel,
    guard,
    counters,
    refused: (why) => refused.push(why),
    gone: () => heard.push("gone"),
  };
  const handshake = {
    headers: {},
    url: "/",
    query: new Map(),
    address: "",
    secure: false,
    origin: undefined,
    issued: 0,
  };
  const session = new EngineSession("id", handshake, owner, transport);
  session.open(OutgoingPacket.control("open", "{}"), () => ({
    message: (data) => heard.push(String(data)),
    close: (reason, detail) => closed.push({ reason, detail }),
    drain: () => heard.push("drain"),
    ...handler,
  }));
  const pass = (ms: number): void => {
    clock += ms;
    wheel.advance();
  };
  return { session, transport, wheel, refused, counters, heard, closed, pass };
}

export const KIB: string = "x".repeat(1024);
