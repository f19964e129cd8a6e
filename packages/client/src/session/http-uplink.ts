import { ProtocolFailure } from "@everwire/protocol";
import type { ClientFailureCode } from "../failures.ts";
import { ControlPackets } from "../packet/control-packets.ts";
import type { NumberedLink } from "../packet/numbered-link.ts";
import { encodeForPayload, SEPARATOR, type SessionPacket, sessionPackets } from "../packet/session-packet.ts";
import type { Clock } from "../transport/clock.ts";
import type { PlatformResponse } from "../transport/connector.ts";
import type { EngineTransport } from "../transport/engine-transport.ts";
import { byteLength } from "../transport/packet-size.ts";
import { Timers } from "../transport/timers.ts";
import { backoffDelay } from "./backoff.ts";
import { FAREWELL } from "./farewell.ts";

/** What is sent after a failure is the same again, so it may be tried soon. */
const RETRY = { base: 500, max: 5_000, randomization: 0.5 };
/** A POST may be under way so long, ms, and longer for what it holds, so many bytes per ms: a slow line has 32 kbit/s. */
const PATIENCE = 5_000;
const SLOW_LINE = 4;
/** A form's answer cannot be read: without an acknowledgement on the downlink, ms, the same is sent again. */
const UNANSWERED = 3_000;

export interface UplinkSetup {
  readonly clock: Clock;
  readonly link: NumberedLink;
  /** Milliseconds that no POST may take. One that is only late is sent again sooner. */
  readonly timeout: number;
  readonly maxPayload: number;
  readonly random: () => number;
  /** What sends now. Undefined: nothing can, until `flush` is called again. */
  readonly by: () => EngineTransport["post"] | undefined;
  /** Whether numbered messages go this way, or another way has them. */
  readonly numbered: () => boolean;
}

export interface UplinkHandler {
  /** A payload has arrived; there may be room for more. */
  drain(): void;
  /** Two payloads in a row have not been answered in time: nothing may reach the server, nor come from it. */
  silent(): void;
  /** The server wants nothing more of this session. */
  over(code: ClientFailureCode, detail: string): void;
}

/** A payload under way. */
interface Flight {
  readonly abort: AbortController;
  readonly controls: readonly SessionPacket[];
  /** Number of its first message, if it has any. */
  readonly first: number | undefined;
}

/**
 * Payloads by POST, one at a time (docs/protocol/session.md, "Uplink over HTTP").
 *
 * Each begins with the oldest message that the server has not acknowledged, so a payload that may or may not have arrived
 * is simply sent again, with what has come since.
 */
export class HttpUplink {
  readonly #setup: UplinkSetup;
  readonly #handler: UplinkHandler;
  readonly #timers: Timers<"timeout" | "retry" | "unanswered">;
  readonly #controls: ControlPackets = new ControlPackets();
  #flight: Flight | undefined;
  /** The first message of a payload whose answer could not be read. */
  #unanswered: number | undefined;
  /** An acknowledgement is to go, alone if need be. */
  #acknowledge = false;
  #failures = 0;
  /** The last payload was not answered in time. */
  #late = false;
  #stopped = false;

  constructor(setup: UplinkSetup, handler: UplinkHandler) {
    this.#setup = setup;
    this.#handler = handler;
    this.#timers = new Timers(setup.clock);
  }

  /** A payload is under way, or is about to be sent again. */
  get busy(): boolean {
    if (this.#flight !== undefined || this.#timers.has("retry")) return true;
    return this.#timers.has("unanswered") && this.#unanswered === this.#setup.link.first;
  }

  /** A packet without a number, for the next payload. */
  add(packet: SessionPacket): void {
    this.#controls.add(packet);
  }

  /** Sends what there is to send, unless a payload is under way. An acknowledgement alone only when it is due, or asked for. */
  flush(acknowledge = false): void {
    this.#acknowledge ||= acknowledge;
    if (this.busy || this.#stopped) return;
    this.#timers.clear("unanswered");
    const { by, link, numbered } = this.#setup;
    const post = by();
    const owed = link.ackDue || (this.#acknowledge && link.ackWanted);
    const something = numbered() && (link.first <= link.last || owed);
    if (post === undefined || (!something && this.#controls.waiting.length === 0)) return;
    void this.#send(post);
  }

  /** What waits to be sent again need not wait any longer. */
  hurry(): void {
    this.#timers.clear("retry", "unanswered");
    this.flush();
  }

  /** What is under way may never be answered, so it is sent again at once. */
  restart(): void {
    const flight = this.#flight;
    if (flight !== undefined) {
      this.#takeBack(flight);
      flight.abort.abort();
    }
    this.hurry();
  }

  /** The last payload, with all that is unsent and `close`. Nothing is reported any more. */
  close(post: EngineTransport["post"] | undefined): void {
    if (this.#flight !== undefined) this.#controls.restore(this.#flight.controls);
    this.stop();
    if (post === undefined) return;
    const abort = new AbortController();
    const cancel = this.#setup.clock.after(FAREWELL, () => abort.abort());
    post(this.#payload(this.#controls.waiting, { type: "close", data: "" }), abort.signal, true)
      .catch(() => undefined)
      .finally(cancel);
  }

  stop(): void {
    this.#stopped = true;
    this.#timers.stop();
    this.#flight?.abort.abort();
    this.#flight = undefined;
  }

  async #send(post: NonNullable<EngineTransport["post"]>): Promise<void> {
    const { link, numbered } = this.#setup;
    const first = numbered() && link.first <= link.last ? link.first : undefined;
    const flight: Flight = { abort: new AbortController(), controls: this.#controls.waiting, first };
    this.#flight = flight;
    this.#controls.taken();
    const body = this.#payload(flight.controls);
    this.#timers.set("timeout", this.#patience(body), () => flight.abort.abort());
    const response = await post(body, flight.abort.signal, false).catch((error: unknown) => String(error));
    // It was given up meanwhile, for another or for good.
    if (this.#flight !== flight) return;
    if (typeof response === "string") this.#failed(flight);
    else if (response.status === 200) this.#answered(response.body, flight);
    else this.#refused(response, flight);
  }

  /** To send it again does no harm, so it need not be known for lost. What was too short a time is given twice as long. */
  #patience(body: string): number {
    const { timeout } = this.#setup;
    return Math.min(timeout, (PATIENCE + body.length / SLOW_LINE) * 2 ** Math.min(this.#failures, 10));
  }

  #answered(body: string, flight: Flight): void {
    const { link, numbered } = this.#setup;
    for (const packet of body === "" ? [] : sessionPackets(body)) {
      if (packet instanceof ProtocolFailure || packet.type !== "ack" || !link.acknowledge(packet.number)) {
        this.#handler.over("parse_error", "the answer to a POST");
        return;
      }
    }
    const stuck = numbered() && flight.first === link.first;
    if (stuck && body !== "") {
      this.#retry({ ...flight, controls: [] });
      return;
    }
    this.#land();
    this.#failures = 0;
    this.#late = false;
    if (stuck) {
      this.#unanswered = flight.first;
      this.#timers.set("unanswered", UNANSWERED, () => this.flush());
    }
    this.#handler.drain();
    this.flush();
  }

  #failed(flight: Flight): void {
    const late = flight.abort.signal.aborted;
    this.#retry(flight);
    if (late && this.#late) this.#handler.silent();
    // One in a series: what has changed because of it needs its time too.
    this.#late = late && !this.#late;
  }

  #retry(flight: Flight): void {
    this.#takeBack(flight);
    const delay = backoffDelay(RETRY, this.#failures, this.#setup.random);
    this.#timers.set("retry", delay, () => this.flush());
    this.#failures += 1;
  }

  /** What it carried, an acknowledgement perhaps, has to go again. */
  #takeBack(flight: Flight): void {
    this.#land();
    this.#controls.restore(flight.controls);
    this.#setup.link.ackFailed();
    this.#acknowledge = true;
  }

  #land(): void {
    this.#timers.clear("timeout");
    this.#flight = undefined;
  }

  /** What the server refuses, it will refuse again. Everything else comes from whatever stands before it, and passes. */
  #refused({ status, body }: PlatformResponse, flight: Flight): void {
    if (status < 400 || status >= 500 || status === 408 || status === 429) {
      this.#retry(flight);
      return;
    }
    const code = status === 413 ? "payload_too_large" : status === 400 ? "session_lost" : "request_failed";
    this.#handler.over(code, `HTTP ${status}: ${body.slice(0, 200)}`);
  }

  /** Engine.IO 4: a body above the server's maxPayload is refused with 413, so the rest waits for the next. */
  #payload(controls: readonly SessionPacket[], ...last: readonly SessionPacket[]): string {
    const { link, maxPayload, numbered } = this.#setup;
    const texts = controls.map(encodeForPayload);
    const messages = numbered() ? link.from(link.first) : [];
    if (numbered()) {
      if (link.ackWanted) texts.push(`7${link.takeAck()}`);
      this.#acknowledge = false;
    }
    if (messages.length > 0) texts.push(`8${link.first}`);
    let size = texts.reduce((sum, text) => sum + text.length + 1, 0);
    for (const [index, message] of messages.entries()) {
      const text = encodeForPayload(message);
      size += byteLength(text) + 1;
      if (index > 0 && size > maxPayload) break;
      texts.push(text);
    }
    return [...texts, ...last.map(encodeForPayload)].join(SEPARATOR);
  }
}
