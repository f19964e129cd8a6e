import { decodeEngineHandshake, type EngineHandshake, ProtocolFailure } from "@everwire/protocol";
import type { ClientFailureCode } from "../failures.ts";
import { type Outgoing, SendQueue } from "../packet/send-queue.ts";
import type { SessionPacket } from "../packet/session-packet.ts";
import type { Cancel, Clock } from "../transport/clock.ts";
import type {
  EngineTransport,
  EngineTransportHandler,
  TransportFactory,
  TransportName,
} from "../transport/engine-transport.ts";
import { fits } from "../transport/packet-size.ts";
import type { EverwireLoader, EverwireParts, Upgrade } from "./everwire-loader.ts";
import { Heartbeat } from "./heartbeat.ts";
import { holdEvents } from "./held-events.ts";
import type { LosslessTransport } from "./lossless-transport.ts";
import { OpeningRace, type Runner } from "./opening-race.ts";
import type { TransportReason } from "./transport-choice.ts";

/** A polite close waits this long, ms, for what is still to be sent. */
const CLOSE_DEADLINE = 2_000;
/** In the handshake of a server of our own (docs/protocol/session.md, "Opening"). */
const EVERWIRE = /"everwire":\s*1\b/;

export interface EngineSetup {
  readonly clock: Clock;
  readonly random: () => number;
  /** All that may be used, preferred ones first. */
  readonly transports: readonly TransportName[];
  /** In the order of trying. */
  readonly opening: readonly TransportName[];
  /** The first of `opening` is what worked last time. */
  readonly remembered: boolean;
  readonly create: TransportFactory;
  readonly everwire: EverwireLoader;
  /** Whether a better transport is looked for: at the opening, and later. */
  readonly upgrade: boolean;
  /** Milliseconds after which polling opens beside a transport that has not opened. */
  readonly raceDelay: number;
  /** Milliseconds after which a transport that does not open gives way to the next. */
  readonly transportTimeout: number;
  /** Milliseconds a POST may take. */
  readonly timeout: number;
  /** Bound of the messages that wait for the transport. */
  readonly maxBufferedBytes: number;
}

export interface EngineHandler {
  open(reason: TransportReason): void;
  /** In order, none lost and none twice, whichever transports carried them. */
  message(data: string | Uint8Array): void;
  ping(): void;
  /** The session has moved to another transport. */
  moved(reason: TransportReason): void;
  /** An Everwire session has no carrier, and its messages wait. False: they go again. */
  interrupted(yes: boolean): void;
  /** Exactly once and last, unless `close` was called here. */
  close(failure: ClientFailureCode, detail: string | undefined): void;
}

/**
 * One Engine.IO 4 session, seen from the client: from the first transport tried to the close. Never opened again.
 *
 * With a server of our own it is an Everwire session: then one transport stands for all of them.
 */
export class Engine {
  readonly #setup: EngineSetup;
  readonly #handler: EngineHandler;
  readonly #queue: SendQueue;
  #state: "opening" | "open" | "closing" | "closed" = "opening";
  #transport: EngineTransport | undefined;
  /** `#transport`, in an Everwire session. */
  #lossless: LosslessTransport | undefined;
  #race: OpeningRace | undefined;
  #probe: Upgrade | undefined;
  #heartbeat: Heartbeat | undefined;
  #cancelTimer: Cancel | undefined;
  #id: string | undefined;
  #maxPayload = Number.POSITIVE_INFINITY;
  #flushing = false;

  constructor(setup: EngineSetup, handler: EngineHandler) {
    this.#setup = setup;
    this.#handler = handler;
    this.#queue = new SendQueue(setup.maxBufferedBytes);
  }

  /** Undefined until the session is open. */
  get id(): string | undefined {
    return this.#id;
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
    const { clock, create, everwire, opening, raceDelay, remembered, transportTimeout, upgrade } = this.#setup;
    this.#race = new OpeningRace(
      // Who does not want to move later is not to be taken to polling by a slow moment.
      {
        clock,
        create,
        everwire,
        names: opening,
        remembered,
        raceDelay: upgrade ? raceDelay : transportTimeout,
        transportTimeout,
      },
      {
        won: (runner, packet, reason) => this.#opened(runner, packet, reason),
        failed: (failure, detail) => this.abort(failure, detail),
      },
    );
    this.#race.start();
  }

  /** Messages of one turn of the event loop leave together. A refused message has not been sent and never will be. */
  send(message: Outgoing): ClientFailureCode | undefined {
    if (this.#state !== "open" || this.#transport === undefined) return "not_connected";
    if (this.#heartbeat?.expired === true) {
      // The device slept: the server has given this session up, so the message would be lost.
      queueMicrotask(() => this.abort("ping_timeout"));
      return "not_connected";
    }
    // An Everwire server makes room for what the message grows by on its way, whichever that is.
    const name = this.#lossless === undefined ? this.#transport.name : "websocket";
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

  /** Goes to the first of these that opens, without the session being lost. False: only a new session can. */
  switchTransport(names: readonly TransportName[]): boolean {
    return this.#state === "open" && this.#lossless?.choose(names) === true;
  }

  /** The session survives the loss of a connection. */
  get lossless(): boolean {
    return this.#lossless !== undefined;
  }

  /** The session has no carrier at the moment, or one that may be dead. */
  get interrupted(): boolean {
    return this.#lossless?.interrupted === true;
  }

  /** The device has another network, or its network back. */
  networkChanged(): void {
    this.#lossless?.networkChanged();
  }

  /** A good moment to look for a better transport. */
  climb(): void {
    this.#lossless?.climb();
  }

  /** Events of a transport that is no longer in use are ignored. */
  #handlerOf(transport: () => EngineTransport): EngineTransportHandler {
    const current = (): boolean => this.#transport === transport();
    return {
      open: () => undefined,
      packet: (packet) => current() && this.#receive(packet),
      drain: () => current() && this.#drained(),
      ended: () => undefined,
      close: (failure, detail) => {
        if (!current()) return;
        if (this.#state === "closing") this.#finish();
        else this.abort(failure, detail);
      },
    };
  }

  #receive(packet: SessionPacket): void {
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
      case "ack":
      case "next":
        this.abort("unexpected_packet", packet.type);
    }
  }

  /** Engine.IO 4, "Handshake": the first packet is `open`, and there is no second. */
  #opened(runner: Runner, packet: SessionPacket, reason: TransportReason): void {
    const { transport } = runner;
    this.#transport = transport;
    const data = packet.type === "open" && typeof packet.data === "string" ? packet.data : "";
    const handshake = decodeEngineHandshake(data);
    if (handshake instanceof ProtocolFailure) {
      this.abort("invalid_handshake", handshake.meaning);
      return;
    }
    this.#id = handshake.sid;
    this.#maxPayload = handshake.maxPayload;
    const { everwire } = this.#setup;
    if (!EVERWIRE.test(data)) {
      transport.adopt?.(handshake.sid);
      this.#becomeOpen(handshake, reason, () => {
        runner.target = this.#handlerOf(() => transport);
      });
      if (handshake.upgrades.includes("websocket")) this.#upgrade(handshake.sid);
    } else if (everwire.parts !== undefined) {
      this.#becomeLossless(everwire.parts, runner, data, handshake, reason);
    } else {
      // A WebSocket: the code of all others is that which is fetched now.
      const replay = holdEvents(runner);
      this.#withParts((parts) => {
        this.#becomeLossless(parts, runner, data, handshake, reason);
        replay();
      });
    }
  }

  #becomeOpen({ pingInterval, pingTimeout }: EngineHandshake, reason: TransportReason, use: () => void): void {
    this.#state = "open";
    this.#heartbeat = new Heartbeat(this.#setup.clock, pingInterval, pingTimeout, {
      late: () => this.#lossless?.suspect(),
      lost: () => this.abort("ping_timeout"),
    });
    use();
    this.#handler.open(reason);
  }

  #withParts(use: (parts: EverwireParts) => void): void {
    this.#setup.everwire.load((parts) => {
      if (this.#state !== "opening") return;
      if (parts === undefined) this.abort("open_failed", "the code of the session could not be loaded");
      else use(parts);
    });
  }

  #becomeLossless(
    parts: EverwireParts,
    runner: Runner,
    data: string,
    handshake: EngineHandshake,
    reason: TransportReason,
  ): void {
    const options = { ...this.#setup, requestTimeout: this.#setup.timeout };
    const lossless = parts.session(runner.transport, data, handshake, options, {
      ...this.#handlerOf(() => this.#lossless ?? runner.transport),
      attached: (why) => {
        this.#heartbeat?.beat();
        if (why !== undefined && this.#state === "open") this.#handler.moved(why);
      },
      interrupted: (yes) => this.#state === "open" && this.#handler.interrupted(yes),
    });
    if (lossless === undefined) {
      this.abort("invalid_handshake");
      return;
    }
    this.#becomeOpen(handshake, reason, () => {
      this.#lossless = lossless;
      this.#transport = lossless;
      lossless.open();
      runner.target = lossless.openedHandler;
    });
  }

  #upgrade(sid: string): void {
    const { clock, create, everwire, transports, transportTimeout, upgrade } = this.#setup;
    if (!upgrade || !transports.includes("websocket")) return;
    everwire.load((parts) => {
      const current = this.#transport;
      if (this.#state !== "open" || current?.pause === undefined) return;
      this.#probe = parts?.upgrade({
        clock,
        create,
        sid,
        timeout: transportTimeout,
        current,
        next: this.#handlerOf(() => this.#transport ?? current),
        done: (transport) => {
          this.#probe = undefined;
          if (transport !== undefined) {
            this.#transport = transport;
            this.#handler.moved("better");
          }
          this.#flush();
        },
      });
    });
  }

  /** Engine.IO 4, "Heartbeat": the server sends `ping`, the client answers `pong` with the same data. */
  #pong({ data }: SessionPacket): void {
    this.#heartbeat?.beat();
    const pong = { type: "pong", data } as const;
    const last = this.#queue.packets.at(-1);
    // In an Everwire session it passes by the messages that wait for the window.
    if (this.#lossless !== undefined) {
      this.#lossless.send([pong]);
    } else if (last?.type !== "pong" || last.data !== data) {
      this.#queue.push({ packets: [pong], size: data.length });
      this.#scheduleFlush();
    }
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
    this.#race?.close();
    this.#probe?.abort();
    this.#probe = undefined;
    this.#transport?.close();
    this.#transport = undefined;
    this.#lossless = undefined;
  }

  #stopTimers(): void {
    this.#cancelTimer?.();
    this.#heartbeat?.stop();
  }
}
