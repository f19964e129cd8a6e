import type { Deadline, DeadlineWheel } from "@everwire/websocket";
import { type FailureReason, failure, type TransportFailure } from "../failures.ts";
import { CLOSE, type OutgoingPacket, PROBE_ANSWER } from "../packet/outgoing-packet.ts";
import { CONGESTION_BYTES, type SendQueue } from "../packet/send-queue.ts";
import type { SessionPacket } from "../packet/session-packet.ts";
import { DETACHED, type Ending, type Transport, type TransportName, type TransportSink } from "../transport.ts";
import { AckDuty } from "./ack-duty.ts";
import { ArrivalStream, Arrivals } from "./arrivals.ts";
import { type Carrier, type CarrierEnd, type CarrierSink, UNHEARD } from "./carrier.ts";
import { NumberedOutbox } from "./numbered-outbox.ts";
import { PollPace } from "./poll-pace.ts";

export interface LosslessOptions {
  readonly maxPayload: number;
  readonly reattachTimeout: number;
  readonly shortPollingInterval: number;
}

/** `lingering`: the session is closed and the next downlink is told so. */
type State = "open" | "lingering" | "ended";

/** How long a closed session waits for the downlink that is to hear of it; the last one must not be longer ago. */
const LINGER_MS = 5000;

/** Carriers that take one batch, so that nothing is sent on them for its own sake: an answer costs a request. */
const ONE_BATCH: ReadonlySet<TransportName> = new Set(["polling", "short-polling", "jsonp"]);
/** Of those, the ones that wait for the batch. */
const HELD: ReadonlySet<TransportName> = new Set(["polling", "jsonp"]);

/**
 * The one transport of an Everwire session, whatever carries it at the moment: messages are numbered, kept until they are
 * acknowledged and sent again on the next carrier, so that any carrier can follow any other at any moment and nothing is
 * lost, repeated or reordered (docs/protocol/session.md).
 */
export class LosslessTransport implements Transport {
  sink: TransportSink = DETACHED;
  readonly pace: PollPace;
  readonly #options: LosslessOptions;
  readonly #wheel: DeadlineWheel;
  readonly #arrivals = new Arrivals();
  readonly #duty: AckDuty;
  readonly #outbox: NumberedOutbox;
  #state: State = "open";
  #ending: Ending | undefined;
  #name: TransportName;
  #carrier: Carrier | undefined;
  /** Since when there is none. */
  #parted = performance.now();
  #turn = 0;
  #flushing = false;
  /** Whether the former carrier ended as it should: the client has what was sent on it. */
  #rested = true;
  #deadline: Deadline | undefined;

  /** `name` is the transport that the session is opened with. */
  constructor(options: LosslessOptions, wheel: DeadlineWheel, name: TransportName) {
    this.#options = options;
    this.#wheel = wheel;
    this.#name = name;
    this.pace = new PollPace(options.shortPollingInterval, performance.now());
    this.#duty = new AckDuty(this.#arrivals, wheel, () => this.#schedule());
    this.#outbox = new NumberedOutbox(this.#arrivals, this.#duty, this.pace);
  }

  get name(): TransportName {
    return this.#name;
  }

  /** True when nothing more is taken from the client; a lingering session still answers a downlink. */
  get closed(): boolean {
    return this.#state !== "open";
  }

  /** True when it ended with what was queued unsent, for a fault of the client's or of the application's. */
  get discarded(): boolean {
    return this.#ending === "discard";
  }

  /** True when it holds nothing and takes nothing. */
  get over(): boolean {
    return this.#state === "ended";
  }

  get bufferedBytes(): number {
    return this.#outbox.unreadBytes + (this.#carrier?.bufferedBytes ?? 0);
  }

  get listening(): boolean {
    return this.#carrier !== undefined;
  }

  /** The first downlink, which needs no attach. It begins with the open packet, the first of the queue. */
  begin(carrier: Carrier): void {
    this.#take(carrier);
    this.#outbox.begin({ greeted: false, tells: ONE_BATCH.has(carrier.name) });
    if (this.#state === "lingering") this.#finish();
    else this.#schedule();
  }

  /**
   * Whether an attach with this turn and acknowledgement may have the downlink. `stale`: another one had it since. An
   * acknowledgement of what was never sent ends the session.
   */
  admit(turn: number, ack: number): "stale" | TransportFailure | undefined {
    if (turn <= this.#turn) return "stale";
    if (this.#acknowledge(ack)) return undefined;
    return failure("ack_out_of_range");
  }

  /** Gives the downlink to an admitted carrier; the former one is ended. */
  attach(carrier: Carrier, turn: number): void {
    this.#turn = turn;
    const former = this.#carrier;
    if (former !== undefined) {
      this.#rested = false;
      former.sink = UNHEARD;
      former.end([]);
    }
    // What the client was told on a carrier that broke, it may not have heard.
    if (!this.#rested) this.#arrivals.untell();
    this.#take(carrier);
    this.#outbox.begin({ greeted: !HELD.has(carrier.name), tells: ONE_BATCH.has(carrier.name) });
    if (this.#name !== carrier.name) {
      this.#name = carrier.name;
      this.sink.moved?.(carrier.name);
    }
    if (this.#state === "lingering") {
      this.#finish();
      return;
    }
    if (this.#state === "ended") return;
    this.#duty.look();
    this.#schedule();
  }

  /** Where the messages of one request body, or one WebSocket, are counted. */
  stream(): ArrivalStream {
    return new ArrivalStream(this.#arrivals);
  }

  /** The packet that tells the client, by the answer to its request, what has arrived. */
  tell(): string {
    return this.#outbox.tell();
  }

  /** What came by a request whose answer the client cannot read is acknowledged on the downlink, at once. */
  owe(): void {
    this.#duty.look(true);
  }

  /** The number of the last message that has arrived. */
  get received(): number {
    return this.#arrivals.received;
  }

  /** A packet of the client; `undefined` when it was in order, else why the session has been ended for it. */
  packet(packet: SessionPacket, stream: ArrivalStream): TransportFailure | undefined {
    switch (packet.type) {
      case "message":
        return this.#message(packet.data, stream);
      case "next":
        stream.begin(packet.number);
        return undefined;
      case "ack":
        return this.#acknowledge(packet.number) ? undefined : failure("ack_out_of_range");
      case "ping":
        // A check that the downlink is not held back by somebody on the way. Two that wait need one answer.
        if (packet.data === "probe") this.#outbox.hurry(PROBE_ANSWER);
        else this.sink.packet(packet);
        this.#schedule();
        return undefined;
      case "pong":
        this.#outbox.answered();
        this.sink.packet(packet);
        return undefined;
      case "close":
      case "noop":
      case "open":
      case "upgrade":
        this.sink.packet(packet);
        return undefined;
    }
  }

  /** Coalesces: what one tick queues leaves together. */
  pull(queue: SendQueue): void {
    this.#outbox.queue = queue;
    this.#schedule();
  }

  end(queue: SendQueue, how: Ending): void {
    if (this.#state === "ended") return;
    this.#outbox.queue = queue;
    this.#ending = how;
    this.#deadline?.cancel();
    const carrier = this.#carrier;
    // A WebSocket that is full takes last packets as well; a poll that is answered, or a stream that is recycled, does not.
    const carries = carrier !== undefined && (carrier.writable || carrier.name === "websocket");
    const expected = carrier !== undefined || performance.now() - this.#parted < LINGER_MS;
    if (how === "linger" && !carries && expected) {
      this.#state = "lingering";
      this.#deadline = this.#wheel.set(LINGER_MS, () => this.end(queue, "finish"));
      return;
    }
    const last = this.#lastWords(how);
    const patience = how === "finish" && this.#state === "open" ? "hurried" : "patient";
    this.#state = "ended";
    this.#outbox.release();
    this.#duty.done();
    this.#carrier = undefined;
    if (carrier !== undefined) {
      carrier.sink = UNHEARD;
      carrier.end(last, patience);
    }
    this.sink.gone();
  }

  #lastWords(how: Ending): OutgoingPacket[] {
    if (how === "answer") return [];
    if (how === "discard") return [CLOSE];
    return [...this.#outbox.take(Number.POSITIVE_INFINITY), CLOSE];
  }

  #finish(): void {
    const { queue } = this.#outbox;
    if (queue !== undefined) this.end(queue, "finish");
  }

  #take(carrier: Carrier): void {
    this.#deadline?.cancel();
    this.#carrier = carrier;
    this.#rested = false;
    const stream = this.stream();
    const heard: CarrierSink = {
      ready: () => this.#ready(),
      gone: (how) => {
        // One that says so twice must not take its successor along.
        carrier.sink = UNHEARD;
        if (this.#carrier === carrier) this.#gone(how);
      },
      packet: (packet) => this.#duplex(packet, stream),
      refused: (why) => this.#refuse(why),
    };
    carrier.sink = heard;
  }

  /** A packet that came by the carrier itself, where a gap has no other way to be filled. */
  #duplex(packet: SessionPacket, stream: ArrivalStream): void {
    if (packet.type === "next" && packet.number > this.#arrivals.received + 1) {
      this.#refuse("number_gap");
      return;
    }
    this.packet(packet, stream);
    if (this.#state === "open") this.#duty.look();
  }

  #message(data: string | Uint8Array, stream: ArrivalStream): TransportFailure | undefined {
    const arrival = stream.take(data.length);
    if (arrival === undefined || arrival === "gap") return this.#refuse("number_gap");
    if (arrival === "seen") return undefined;
    this.pace.moved(performance.now());
    this.sink.message(typeof data === "string" || Buffer.isBuffer(data) ? data : asBuffer(data));
    return undefined;
  }

  /** False: the session has been ended for it. */
  #acknowledge(number: number): boolean {
    if (!this.#outbox.acknowledge(number)) {
      this.#refuse("ack_out_of_range");
      return false;
    }
    // There may be room for more.
    this.#schedule();
    return true;
  }

  #refuse(why: FailureReason): TransportFailure {
    const row = failure(why);
    this.sink.lost(row.engineCode === undefined ? "transport error" : "parse error", why);
    return row;
  }

  #ready(): void {
    if (this.#state === "open") this.sink.ready();
    // Who waits for room may hear of it when the carrier has gone: the rest is for the next one.
    else if (this.#state === "lingering" && this.#carrier?.writable === true) this.#finish();
  }

  #gone(how: CarrierEnd): void {
    this.#carrier = undefined;
    this.#parted = performance.now();
    this.#rested = how === "complete";
    if (this.#state === "lingering") {
      // Nobody comes back to hear the end.
      if (how === "left") this.#finish();
      return;
    }
    if (how === "left") {
      this.sink.lost("transport close", "disconnected");
      return;
    }
    if (how === "broken") {
      this.#deadline = this.#wheel.set(this.#options.reattachTimeout, () =>
        this.sink.lost("transport close", "reattach_timed_out"),
      );
    }
    this.sink.ready();
  }

  #schedule(): void {
    if (this.#flushing || this.#state !== "open" || this.#carrier?.writable !== true || !this.#hasWork()) return;
    this.#flushing = true;
    process.nextTick(() => this.#flush());
  }

  /** A short poll is answered whether there is something or not. */
  #hasWork(): boolean {
    return this.#outbox.pending || this.#carrier?.name === "short-polling";
  }

  #flush(): void {
    this.#flushing = false;
    const carrier = this.#carrier;
    if (this.#state !== "open" || carrier?.writable !== true || !this.#hasWork()) return;
    const waiting = this.#outbox.waitingBytes + carrier.bufferedBytes;
    carrier.send(this.#outbox.take(ONE_BATCH.has(carrier.name) ? this.#options.maxPayload : CONGESTION_BYTES));
    // The rest of a burst waits for the writes of this part, and whoever waits for room hears that there is some.
    if (waiting >= CONGESTION_BYTES) setImmediate(() => this.#ready());
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
