import { decodeEngineHandshake, type EnginePacket, ProtocolFailure } from "@everwire/protocol";
import type { Cancel, Clock } from "./clock.ts";
import type { EngineTransport, EngineTransportHandler, TransportFactory, TransportName } from "./engine-transport.ts";
import type { ClientFailureCode } from "./failures.ts";
import { Heartbeat } from "./heartbeat.ts";
import { fits } from "./packet-size.ts";
import { type Outgoing, SendQueue } from "./send-queue.ts";
import { UpgradeProbe } from "./upgrade-probe.ts";

/** A polite close waits this long, ms, for what is still to be sent. */
const CLOSE_DEADLINE = 2_000;

export interface EngineSetup {
  readonly clock: Clock;
  /** In the order of trying. */
  readonly transports: readonly TransportName[];
  readonly create: TransportFactory;
  readonly upgrade: boolean;
  /** Milliseconds after which a transport that does not open gives way to the next. */
  readonly transportTimeout: number;
  /** Bound of the messages that wait for the transport. */
  readonly maxBufferedBytes: number;
}

export interface EngineHandler {
  open(): void;
  /** In order, none lost and none twice, whichever transports carried them. */
  message(data: string | Uint8Array): void;
  ping(): void;
  /** The session has moved to another transport. */
  upgraded(): void;
  /** Exactly once and last, unless `close` was called here. */
  close(failure: ClientFailureCode, detail: string | undefined): void;
}

/** One Engine.IO 4 session, seen from the client: from the first transport tried to the close. Never opened again. */
export class Engine {
  readonly #setup: EngineSetup;
  readonly #handler: EngineHandler;
  readonly #queue: SendQueue;
  #state: "opening" | "open" | "closing" | "closed" = "opening";
  #transport: EngineTransport | undefined;
  #probe: UpgradeProbe | undefined;
  #heartbeat: Heartbeat | undefined;
  #cancelTimer: Cancel | undefined;
  #maxPayload = Number.POSITIVE_INFINITY;
  #flushing = false;

  constructor(setup: EngineSetup, handler: EngineHandler) {
    this.#setup = setup;
    this.#handler = handler;
    this.#queue = new SendQueue(setup.maxBufferedBytes);
  }

  /** Undefined until the session is open. */
  get transport(): TransportName | undefined {
    return this.#state === "open" ? this.#transport?.name : undefined;
  }

  /** Whether a message sent now would leave at once. */
  get writable(): boolean {
    return this.#state === "open" && this.#transport?.writable === true;
  }

  open(): void {
    this.#attempt(0, "open_failed", undefined);
  }

  /** Messages of one turn of the event loop leave together. A refused message has not been sent and never will be. */
  send(message: Outgoing): ClientFailureCode | undefined {
    if (this.#state !== "open" || this.#transport === undefined) return "not_connected";
    if (this.#heartbeat?.expired === true) {
      // The device slept: the server has given this session up, so the message would be lost.
      queueMicrotask(() => this.abort("ping_timeout"));
      return "not_connected";
    }
    const { name } = this.#transport;
    if (!message.packets.every((packet) => fits(packet, name, this.#maxPayload))) return "payload_too_large";
    if (!this.#queue.push(message)) return "buffer_full";
    this.#scheduleFlush();
    return undefined;
  }

  /** Sends what is waiting, tells the server, and reports nothing any more. */
  close(): void {
    if (this.#state === "closing" || this.#state === "closed") return;
    const wasOpen = this.#state === "open";
    this.#stopTimers();
    this.#state = "closing";
    if (!wasOpen) {
      this.#finish();
      return;
    }
    this.#probe?.abort();
    this.#cancelTimer = this.#setup.clock.after(CLOSE_DEADLINE, () => this.#finish());
    this.#flush();
    this.#finishIfDrained();
  }

  /** Ends the session at once, as if the failure had happened to the transport. */
  abort(failure: ClientFailureCode, detail?: string): void {
    if (this.#state !== "opening" && this.#state !== "open") return;
    this.#finish();
    this.#handler.close(failure, detail);
  }

  #attempt(index: number, failure: ClientFailureCode, detail: string | undefined): void {
    const { transports, transportTimeout, clock } = this.#setup;
    const name = transports[index];
    if (name === undefined) {
      this.abort(failure, detail);
      return;
    }
    // Only the last failure is reported: those before it were reasons to try the next transport.
    const next = (code: ClientFailureCode, reason?: string): void => {
      this.#cancelTimer?.();
      this.#attempt(index + 1, code, reason);
    };
    const transport = this.#setup.create(
      name,
      undefined,
      this.#handlerOf(() => transport, next),
    );
    this.#transport = transport;
    if (index + 1 < transports.length) {
      this.#cancelTimer = clock.after(transportTimeout, () => {
        transport.close();
        next("open_timeout");
      });
    }
    transport.open();
  }

  /** Events of a transport that is no longer in use are ignored. */
  #handlerOf(
    transport: () => EngineTransport,
    failed: (code: ClientFailureCode, detail?: string) => void,
  ): EngineTransportHandler {
    const current = (): boolean => this.#transport === transport();
    return {
      open: () => undefined,
      packet: (packet) => current() && this.#receive(packet),
      drain: () => current() && this.#drained(),
      close: (failure, detail) => {
        if (!current()) return;
        if (this.#state === "opening") failed(failure, detail);
        else if (this.#state === "closing") this.#finish();
        else this.abort(failure, detail);
      },
    };
  }

  #receive(packet: EnginePacket): void {
    // Engine.IO 4, "Handshake": the first packet is `open`, and there is no second.
    if (this.#state === "opening") {
      this.#handshake(packet);
      return;
    }
    switch (packet.type) {
      case "message":
        // While closing nobody listens any more, but what was sent is still answered for.
        if (this.#state === "open") this.#handler.message(packet.data);
        return;
      case "ping":
        this.#pong(packet);
        return;
      case "close":
        if (this.#state === "closing") this.#finish();
        else this.abort("closed_by_server");
        return;
      case "noop":
        return;
      case "open":
      case "pong":
      case "upgrade":
        this.abort("unexpected_packet", packet.type);
    }
  }

  #handshake(packet: EnginePacket): void {
    const handshake =
      packet.type === "open" && typeof packet.data === "string" ? decodeEngineHandshake(packet.data) : undefined;
    if (handshake === undefined || handshake instanceof ProtocolFailure) {
      this.abort("invalid_handshake", handshake?.meaning);
      return;
    }
    this.#stopTimers();
    this.#state = "open";
    this.#maxPayload = handshake.maxPayload;
    this.#transport?.adopt?.(handshake.sid);
    const { clock } = this.#setup;
    this.#heartbeat = new Heartbeat(clock, handshake.pingInterval, handshake.pingTimeout, () => {
      this.abort("ping_timeout");
    });
    this.#handler.open();
    if (handshake.upgrades.includes("websocket")) this.#upgrade(handshake.sid);
  }

  #upgrade(sid: string): void {
    const { clock, create, transports, transportTimeout, upgrade } = this.#setup;
    const current = this.#transport;
    if (this.#state !== "open" || !upgrade || !transports.includes("websocket") || current?.pause === undefined) return;
    this.#probe = new UpgradeProbe({
      clock,
      create,
      sid,
      timeout: transportTimeout,
      current,
      next: this.#handlerOf(
        () => this.#transport ?? current,
        () => undefined,
      ),
      done: (transport) => {
        this.#probe = undefined;
        if (transport !== undefined) {
          this.#transport = transport;
          this.#handler.upgraded();
        }
        this.#flush();
      },
    });
  }

  /** Engine.IO 4, "Heartbeat": the server sends `ping`, the client answers `pong` with the same data. */
  #pong(ping: EnginePacket): void {
    this.#heartbeat?.beat();
    this.#queue.push({ packets: [{ type: "pong", data: ping.data }], size: ping.data.length });
    this.#scheduleFlush();
    if (this.#state === "open") this.#handler.ping();
  }

  #scheduleFlush(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    queueMicrotask(() => {
      this.#flushing = false;
      this.#flush();
    });
  }

  /** A transport that is not writable says `drain` later; a paused one is written to when it resumes. */
  #flush(): void {
    const transport = this.#transport;
    if (this.#queue.length === 0 || transport?.writable !== true) return;
    this.#queue.taken(transport.send(this.#queue.packets, this.#maxPayload));
  }

  #drained(): void {
    this.#flush();
    this.#finishIfDrained();
  }

  #finishIfDrained(): void {
    if (this.#state === "closing" && this.#queue.length === 0 && this.#transport?.writable === true) this.#finish();
  }

  /** The one way into "closed". Nothing is reported from here. */
  #finish(): void {
    this.#stopTimers();
    this.#state = "closed";
    this.#probe?.abort();
    this.#probe = undefined;
    this.#transport?.close();
    this.#transport = undefined;
  }

  #stopTimers(): void {
    this.#cancelTimer?.();
    this.#heartbeat?.stop();
  }
}
