import { ProtocolFailure } from "@everwire/protocol";
import { ClientError, type ClientFailureCode } from "../failures.ts";
import { encodeForPayload, SEPARATOR, type SessionPacket, sessionPackets } from "../packet/session-packet.ts";
import type { Clock } from "./clock.ts";
import type { Connector, PlatformResponse } from "./connector.ts";
import type { EngineTransport, EngineTransportHandler } from "./engine-transport.ts";
import { describeFailure } from "./fetch-request.ts";
import { byteLength } from "./packet-size.ts";

/** Whether the next GET is sent when one has been answered. */
type Receiving = "stopped" | "polling" | "pausing" | "paused";

export interface PollingSetup {
  readonly connector: Connector;
  readonly clock: Clock;
  /** Milliseconds a POST may take. A GET has no bound of its own: the heartbeat watches it. */
  readonly requestTimeout: number;
}

/** How a payload of Engine.IO 3 begins a session: its length in characters, and the open packet. */
const OLD_OPEN = /^\d+:0\{/;

/** One GET always waiting for the server's packets, and at most one POST at a time with ours. */
export class PollingTransport implements EngineTransport {
  readonly name = "polling";
  readonly #url: string;
  readonly #setup: PollingSetup;
  readonly #abort = new AbortController();
  #handler: EngineTransportHandler | undefined;
  #sid: string | undefined;
  #opened = false;
  /** The server has said that the session is over. */
  #ended = false;
  #receiving: Receiving = "stopped";
  /** The session goes on elsewhere. */
  #finishing = false;
  #getting = false;
  #posting = false;
  #paused: (() => void) | undefined;

  /** `url` is complete but for the `sid` parameter. */
  constructor(url: string, sid: string | undefined, setup: PollingSetup, handler: EngineTransportHandler) {
    this.#url = url;
    this.#sid = sid;
    this.#setup = setup;
    this.#handler = handler;
  }

  get writable(): boolean {
    return this.#opened && !this.#posting && this.#receiving === "polling" && this.#handler !== undefined;
  }

  open(): void {
    this.#receiving = "polling";
    void this.#poll();
  }

  adopt(sid: string): void {
    this.#sid = sid;
  }

  /** Engine.IO 4: a body above the server's maxPayload is refused with 413 and ends the session, so it is split. */
  send(packets: readonly SessionPacket[], maxPayload: number): number {
    const texts: string[] = [];
    let size = -SEPARATOR.length;
    for (const packet of packets) {
      const text = encodeForPayload(packet);
      size += byteLength(text) + SEPARATOR.length;
      if (texts.length > 0 && size > maxPayload) break;
      texts.push(text);
    }
    void this.#post(texts.join(SEPARATOR));
    return texts.length;
  }

  /** The server answers the waiting GET with `noop` as soon as it has seen the probe, so a pause is short. */
  pause(done: () => void): void {
    this.#receiving = "pausing";
    this.#paused = done;
    queueMicrotask(() => this.#checkPaused());
  }

  post(body: string, signal: AbortSignal, last: boolean): Promise<PlatformResponse> {
    return this.#request(body, last, signal);
  }

  finish(): void {
    this.#receiving = "stopped";
    this.#finishing = true;
  }

  abandon(): void {
    this.#handler = undefined;
    this.#receiving = "stopped";
    this.#abort.abort();
  }

  resume(): void {
    this.#paused = undefined;
    if (this.#receiving === "polling" || this.#handler === undefined) return;
    this.#receiving = "polling";
    if (!this.#getting) void this.#poll();
  }

  close(): void {
    if (this.#handler === undefined) return;
    this.#handler = undefined;
    this.#receiving = "stopped";
    if (this.#sid === undefined || this.#ended) {
      this.#abort.abort();
      return;
    }
    // The server ends the session by this packet; the waiting GET is given up when it has been told, or after a while.
    const giveUp = (): void => this.#abort.abort();
    const cancel = this.#setup.clock.after(1_000, giveUp);
    this.#request(encodeForPayload({ type: "close", data: "" }), true)
      .catch(() => undefined)
      .finally(() => {
        cancel();
        giveUp();
      });
  }

  /** Never two at a time: the server takes a second concurrent GET for an error and ends the session. */
  async #poll(): Promise<void> {
    this.#getting = true;
    while (this.#receiving === "polling") {
      const response = await this.#request(undefined).catch((error: unknown) => this.#failed(error));
      if (response === undefined || !this.#accepted(response) || !this.#deliver(response.body)) return;
    }
    this.#getting = false;
    if (this.#finishing) this.#handler?.ended();
    this.#checkPaused();
  }

  /** A POST that fails may or may not have been processed, so it is not repeated: the session ends. */
  async #post(body: string): Promise<void> {
    this.#posting = true;
    const cancel = this.#setup.clock.after(this.#setup.requestTimeout, () =>
      this.#fail("request_failed", "POST timed out"),
    );
    const response = await this.#request(body).catch((error: unknown) => this.#failed(error));
    cancel();
    this.#posting = false;
    if (response === undefined || !this.#accepted(response)) return;
    if (this.#receiving === "polling") this.#handler?.drain();
    else this.#checkPaused();
  }

  #request(body: string | undefined, last = false, signal = this.#abort.signal): Promise<PlatformResponse> {
    const url = this.#sid === undefined ? this.#url : `${this.#url}&sid=${encodeURIComponent(this.#sid)}`;
    return this.#setup.connector.request({ url, body, signal, last });
  }

  /** False ends the receiving. */
  #deliver(body: string): boolean {
    for (const packet of sessionPackets(body)) {
      if (packet instanceof ProtocolFailure) {
        this.#fail(!this.#opened && OLD_OPEN.test(body) ? "old_server" : "parse_error", packet.meaning);
        return false;
      }
      if (!this.#opened) {
        this.#opened = true;
        this.#handler?.open();
      }
      this.#ended ||= packet.type === "close";
      this.#handler?.packet(packet);
    }
    return this.#handler !== undefined;
  }

  #accepted(response: PlatformResponse): boolean {
    if (response.status >= 200 && response.status < 300) return true;
    // Engine.IO answers a refusal with 400 and {"code", "message"}; the start of it helps whoever reads the error.
    this.#fail(
      this.#opened ? "request_failed" : "open_refused",
      `HTTP ${response.status}: ${response.body.slice(0, 200)}`,
    );
    return false;
  }

  #failed(error: unknown): undefined {
    const code = error instanceof ClientError ? error.code : this.#opened ? "request_failed" : "open_failed";
    this.#fail(code, describeFailure(error));
    return undefined;
  }

  /** Reports once: the handler is forgotten first. */
  #fail(code: ClientFailureCode, detail: string): void {
    const handler = this.#handler;
    this.#handler = undefined;
    this.#receiving = "stopped";
    this.#abort.abort();
    handler?.close(code, detail);
  }

  #checkPaused(): void {
    if (this.#receiving !== "pausing" || this.#getting || this.#posting) return;
    this.#receiving = "paused";
    this.#paused?.();
  }
}
