import { ProtocolFailure } from "@everwire/protocol";
import { decodeSessionPacket, encodeSessionPacket, type SessionPacket } from "../packet/session-packet.ts";
import type { Cancel, Clock } from "./clock.ts";
import type { Dialer, PlatformSocket } from "./connector.ts";
import type { EngineTransport, EngineTransportHandler } from "./engine-transport.ts";

/** Above this many unsent bytes the rest waits in the engine, where it is counted and where volatile events are dropped. */
const HIGH_WATER = 256 * 1024;
/** Browsers do not say when the buffer has emptied, so a full one is looked at this often, ms. */
const DRAIN_CHECK = 20;
/** docs/protocol/session.md: 1000 would mean that the client leaves. RFC 6455 §7.4.2: 4000–4999 are for private use. */
const ABANDONED = 4_000;

/** One WebSocket message per packet. */
export class WebSocketTransport implements EngineTransport {
  readonly name = "websocket";
  readonly #url: string;
  readonly #connector: Dialer;
  readonly #clock: Clock;
  #handler: EngineTransportHandler | undefined;
  #socket: PlatformSocket | undefined;
  #opened = false;
  #left: ((arrived: boolean) => void) | undefined;
  /** Set while more than HIGH_WATER is unsent, which is when the transport is not writable. */
  #cancelCheck: Cancel | undefined;

  constructor(url: string, connector: Dialer, clock: Clock, handler: EngineTransportHandler) {
    this.#url = url;
    this.#connector = connector;
    this.#clock = clock;
    this.#handler = handler;
  }

  get writable(): boolean {
    return this.#opened && this.#handler !== undefined && this.#cancelCheck === undefined;
  }

  open(): void {
    const close = (detail: string | undefined): void => {
      this.#fail(this.#opened ? "connection_lost" : "open_failed", detail);
      // RFC 6455 §7.1.5: 1006 when there was no closing frame.
      this.#left?.(detail?.startsWith("1006") === false);
    };
    try {
      this.#socket = this.#connector.dial(this.#url, {
        open: () => {
          this.#opened = true;
          this.#handler?.open();
        },
        message: (data) => this.#receive(data),
        close,
      });
    } catch (error) {
      // Browsers throw for `ws:` in a page that came over https.
      queueMicrotask(() => close(String(error)));
    }
  }

  /** Stops at the packet that fills the buffer; maxPayload bounds single messages here, and those have been checked. */
  send(packets: readonly SessionPacket[]): number {
    const socket = this.#socket;
    if (socket === undefined) return 0;
    let sent = 0;
    for (const packet of packets) {
      socket.send(encodeSessionPacket(packet));
      sent += 1;
      if (socket.bufferedAmount > HIGH_WATER) {
        this.#cancelCheck = this.#clock.after(DRAIN_CHECK, () => this.#checkDrained(socket));
        break;
      }
    }
    return sent;
  }

  abandon(): void {
    this.#release();
    this.#socket?.close(ABANDONED);
  }

  leave(left: (arrived: boolean) => void): void {
    this.#left = left;
    this.close();
  }

  close(): void {
    this.#release();
    this.#socket?.close();
  }

  #receive(data: string | Uint8Array): void {
    const packet = decodeSessionPacket(data);
    if (packet instanceof ProtocolFailure) {
      this.#fail("parse_error", packet.meaning);
      this.#socket?.close();
    } else {
      this.#handler?.packet(packet);
    }
  }

  /** Half of the mark, so that the transport does not become writable for one packet at a time. */
  #checkDrained(socket: PlatformSocket): void {
    if (socket.bufferedAmount > HIGH_WATER / 2) {
      this.#cancelCheck = this.#clock.after(DRAIN_CHECK, () => this.#checkDrained(socket));
      return;
    }
    this.#cancelCheck = undefined;
    this.#handler?.drain();
  }

  #fail(code: "parse_error" | "connection_lost" | "open_failed", detail: string | undefined): void {
    const handler = this.#handler;
    this.#release();
    handler?.close(code, detail);
  }

  #release(): void {
    this.#handler = undefined;
    this.#cancelCheck?.();
    this.#cancelCheck = undefined;
  }
}
