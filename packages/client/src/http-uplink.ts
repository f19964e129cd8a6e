import { ProtocolFailure } from "@everwire/protocol";
import { backoffDelay } from "./backoff.ts";
import type { Clock } from "./clock.ts";
import type { EngineTransport } from "./engine-transport.ts";
import type { ClientFailureCode } from "./failures.ts";
import type { NumberedLink } from "./numbered-link.ts";
import { byteLength } from "./packet-size.ts";
import type { PlatformResponse } from "./platform.ts";
import { encodeForPayload, SEPARATOR, type SessionPacket, sessionPackets } from "./session-packet.ts";
import { Timers } from "./timers.ts";

/** What is sent after a failure is the same again, so it may be tried soon. */
const RETRY = { base: 500, max: 5_000, randomization: 0.5 };
/** A form's answer cannot be read: without an acknowledgement on the downlink, ms, the same is sent again. */
const UNANSWERED = 3_000;

export interface UplinkSetup {
  readonly clock: Clock;
  readonly link: NumberedLink;
  /** Milliseconds a POST may take. */
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
  /** The server wants nothing more of this session. */
  over(code: ClientFailureCode, detail: string): void;
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
  readonly #timers: Timers<"timeout" | "retry">;
  #controls: SessionPacket[] = [];
  #abort: AbortController | undefined;
  #failures = 0;
  #stopped = false;

  constructor(setup: UplinkSetup, handler: UplinkHandler) {
    this.#setup = setup;
    this.#handler = handler;
    this.#timers = new Timers(setup.clock);
  }

  /** A payload is under way, or is about to be sent again. */
  get busy(): boolean {
    return this.#abort !== undefined || this.#timers.has("retry");
  }

  /** A packet without a number, for the next payload. One that is waiting already is not added again. */
  add(packet: SessionPacket): void {
    const waits = this.#controls.some(({ type, data }) => type === packet.type && data === packet.data);
    if (!waits) this.#controls.push(packet);
  }

  /** Sends what there is to send, unless a payload is under way. An acknowledgement alone only when it is due, or now. */
  flush(acknowledge = false): void {
    if (this.busy || this.#stopped) return;
    const { by, link, numbered } = this.#setup;
    const post = by();
    const something = numbered() && (link.first <= link.last || link.ackDue || (acknowledge && link.ackWanted));
    if (post === undefined || (!something && this.#controls.length === 0)) return;
    void this.#send(post, this.#payload(this.#controls), this.#controls.length);
  }

  /** The last payload, with all that is unsent and `close`. Nothing is reported any more. */
  close(post: EngineTransport["post"] | undefined): void {
    this.stop();
    if (post === undefined) return;
    const abort = new AbortController();
    const cancel = this.#setup.clock.after(1_000, () => abort.abort());
    post(this.#payload([...this.#controls], { type: "close", data: "" }), abort.signal, true)
      .catch(() => undefined)
      .finally(cancel);
  }

  stop(): void {
    this.#stopped = true;
    this.#timers.stop();
    this.#abort?.abort();
    this.#abort = undefined;
  }

  async #send(post: NonNullable<EngineTransport["post"]>, body: string, controls: number): Promise<void> {
    const abort = new AbortController();
    this.#abort = abort;
    this.#timers.set("timeout", this.#setup.timeout, () => abort.abort());
    const response = await post(body, abort.signal, false).catch((error: unknown) => String(error));
    if (this.#stopped) return;
    this.#timers.clear("timeout");
    this.#abort = undefined;
    if (typeof response === "string") this.#retry();
    else if (response.status === 200) this.#answered(response.body, controls);
    else this.#refused(response);
  }

  #answered(body: string, controls: number): void {
    const { link, numbered } = this.#setup;
    const { first } = link;
    for (const packet of body === "" ? [] : sessionPackets(body)) {
      if (packet instanceof ProtocolFailure || packet.type !== "ack" || !link.acknowledge(packet.number)) {
        this.#handler.over("parse_error", "the answer to a POST");
        return;
      }
    }
    this.#controls.splice(0, controls);
    const stuck = numbered() && link.first <= link.last && link.first === first;
    if (stuck && body !== "") {
      this.#retry();
      return;
    }
    this.#failures = 0;
    if (stuck) this.#timers.set("retry", UNANSWERED, () => this.flush());
    this.#handler.drain();
    this.flush();
  }

  /** Whatever the acknowledgement was that went with it, it has to go again. */
  #retry(): void {
    const { link, random } = this.#setup;
    link.ackFailed();
    this.#timers.set("retry", backoffDelay(RETRY, this.#failures, random), () => this.flush());
    this.#failures += 1;
  }

  /** 5xx come from whatever stands before the server, and pass. What the server refuses, it will refuse again. */
  #refused({ status, body }: PlatformResponse): void {
    if (status >= 500 || status === 408 || status === 429) {
      this.#retry();
      return;
    }
    const code = status === 413 ? "payload_too_large" : status === 400 ? "session_lost" : "request_failed";
    this.#handler.over(code, `HTTP ${status}: ${body.slice(0, 200)}`);
  }

  /** Engine.IO 4: a body above the server's maxPayload is refused with 413, so the rest waits for the next. */
  #payload(controls: readonly SessionPacket[], ...last: readonly SessionPacket[]): string {
    const { link, maxPayload, numbered } = this.#setup;
    const texts = controls.map(encodeForPayload);
    if (numbered() && link.ackWanted) texts.push(`7${link.takeAck()}`);
    const messages = numbered() ? link.from(link.first) : [];
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
