import type { ServerResponse } from "node:http";
import type { Deadline, DeadlineWheel } from "@everwire/websocket";
import type { Headers } from "../http/cors.ts";
import { ignoreError, isOver, wasDelivered } from "../http/delivery.ts";
import { type Carrier, type CarrierEnd, type CarrierSink, UNHEARD } from "../lossless/carrier.ts";
import type { OutgoingPacket } from "../packet/outgoing-packet.ts";
import type { TransportName } from "../transport.ts";
import type { StreamForm } from "./stream-form.ts";

export interface StreamOptions {
  /** Bytes after which the response is ended, so that neither client nor proxy has to keep an endless one. */
  readonly streamRecycleBytes: number;
}

/**
 * - `recycling`: it has carried enough; what was written is on its way and nothing more is taken.
 * - `ended`: the same, by order of the session, which hears no more of it.
 */
type State = "open" | "recycling" | "ended" | "over";

/** nginx buffers no answer with `x-accel-buffering: no`; caches and compressing proxies let `no-transform` alone. */
const HEADERS: Headers = Object.freeze({
  "cache-control": "no-store, no-transform",
  "x-accel-buffering": "no",
  "x-content-type-options": "nosniff",
});

/** Pieces from this size on are shared by all receivers; it costs less to copy shorter ones together. */
const SHARE_BYTES = 4096;
/** How long an ended response may take to leave. A reader that has stopped would hold it for ever. */
const END_MS = 5000;

/** A response without an end as the downlink of a session: streaming, sse and iframe, which differ by their form only. */
export class StreamCarrier implements Carrier {
  readonly name: TransportName;
  sink: CarrierSink = UNHEARD;
  readonly #form: StreamForm;
  readonly #response: ServerResponse;
  readonly #wheel: DeadlineWheel;
  #state: State = "open";
  /** Bytes that may still be written before it is recycled. */
  #left: number;
  #full = false;
  #deadline: Deadline | undefined;

  /** Sends the headers and the beginning at once, so that the client sees whether the stream comes through. */
  constructor(
    form: StreamForm,
    response: ServerResponse,
    headers: Headers,
    options: StreamOptions,
    wheel: DeadlineWheel,
  ) {
    this.name = form.name;
    this.#form = form;
    this.#response = response;
    this.#wheel = wheel;
    this.#left = Math.min(options.streamRecycleBytes, form.recycleBytes);
    response.once("finish", () => this.#finish(wasDelivered(response)));
    response.once("close", () => this.#finish(false));
    response.on("drain", () => this.#drain());
    // An error is followed by `close`; without a listener it would end the process.
    response.on("error", ignoreError);
    if (isOver(response) || response.headersSent) {
      // Its `close` has been, or somebody else has answered; the session hears of it when it has set its sink.
      this.#full = true;
      process.nextTick(() => this.#finish(false));
      return;
    }
    response.writeHead(200, { ...headers, ...HEADERS, ...form.headers });
    this.#write(form.beginning);
  }

  get bufferedBytes(): number {
    return this.#state === "over" ? 0 : this.#response.writableLength;
  }

  get writable(): boolean {
    return this.#state === "open" && !this.#full && !isOver(this.#response);
  }

  /** One flush. Node holds all writes of a tick together, so that it leaves as one with the headers. */
  send(packets: readonly OutgoingPacket[]): void {
    if (this.#state !== "open" || packets.length === 0) return;
    this.#flush(packets);
    if (this.#left > 0) return;
    this.#state = "recycling";
    this.#response.end();
  }

  end(last: readonly OutgoingPacket[]): void {
    if (this.#state === "ended" || this.#state === "over") return;
    if (last.length === 0 && this.#full) {
      // The client listens elsewhere, where it gets all this again: what it does not read here is kept for nobody.
      this.#state = "ended";
      this.#response.destroy();
      return;
    }
    if (this.#state === "open") {
      if (last.length > 0) this.#flush(last);
      this.#response.end();
    }
    this.#state = "ended";
    // Perhaps all has left already, and `close` with it, which is where a deadline would be taken back.
    if (!isOver(this.#response)) this.#deadline = this.#wheel.set(END_MS, () => this.#response.destroy());
  }

  /** Writes packets as one flush: short pieces copied together, long ones as they are, shared with other receivers. */
  #flush(packets: readonly OutgoingPacket[]): void {
    const { before, between, after, packet: form } = this.#form;
    let run: Buffer[] = [before];
    for (const [index, packet] of packets.entries()) {
      if (index > 0) run.push(between);
      const piece = packet.encodedBy(form);
      if (piece.length < SHARE_BYTES) {
        run.push(piece);
        continue;
      }
      this.#write(Buffer.concat(run));
      this.#write(piece);
      run = [];
    }
    run.push(after);
    this.#write(Buffer.concat(run));
  }

  #write(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.#left -= bytes.length;
    if (!this.#response.write(bytes)) this.#full = true;
  }

  #drain(): void {
    this.#full = false;
    if (this.#state === "open") this.sink.ready();
  }

  #finish(delivered: boolean): void {
    if (this.#state === "over") return;
    const how: CarrierEnd = this.#state === "recycling" && delivered ? "complete" : "broken";
    const heard = this.#state !== "ended";
    this.#state = "over";
    this.#deadline?.cancel();
    if (heard) this.sink.gone(how);
  }
}
