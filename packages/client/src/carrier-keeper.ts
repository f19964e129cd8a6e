import { AttachAttempt, type AttemptPlan, BUFFERED, PROBE } from "./attach-attempt.ts";
import { abandon, type Carrier, carrierOf, isStream, polls } from "./carrier.ts";
import type { Clock } from "./clock.ts";
import type { EngineTransport, EngineTransportHandler, TransportFactory, TransportName } from "./engine-transport.ts";
import type { ClientFailureCode } from "./failures.ts";
import { Outage } from "./outage.ts";
import { RequestPace } from "./request-pace.ts";
import type { SessionPacket } from "./session-packet.ts";
import { Timers } from "./timers.ts";
import type { TransportChoice, TransportReason } from "./transport-choice.ts";
import { Turns } from "./turns.ts";

/** The former carrier is still listened to, ms: a heartbeat may be on its way. */
const LINGER = 1_000;
/** Bounds of the server's hint when to ask again, ms. */
const HINT = { least: 10, most: 60_000 };

export interface CarrierKeeperSetup {
  readonly clock: Clock;
  readonly create: TransportFactory;
  readonly sid: string;
  readonly choice: TransportChoice;
  /** Whether better transports are looked for. */
  readonly upgrade: boolean;
  readonly transportTimeout: number;
  readonly random: () => number;
  /** False only when the device knows that it has no network. */
  readonly online: () => boolean;
  /** What a request acknowledges that follows another. */
  readonly ack: () => number;
  /** The same, for an attach that may never arrive: the acknowledgement stays due. */
  readonly received: () => number;
}

export interface CarrierHandler {
  packet(carrier: Carrier, packet: SessionPacket): void;
  drain(carrier: Carrier): void;
  /** The session has a proven carrier; with a reason when it is of another name than the one before. */
  attached(reason: TransportReason | undefined): void;
  /** `2probe` is to be sent, by this carrier where it can send. */
  probe(carrier: Carrier): void;
  /** Another carrier is looked for in place of one that is over: what waits to be sent again may go now. */
  recovering(): void;
  /** The session is lost: once and last. */
  lost(code: ClientFailureCode, detail: string | undefined): void;
}

/**
 * Sees to it that the session always has a carrier, and the best that can be had (docs/protocol/session.md, "Attach").
 *
 * A carrier is proven, and takes over, when it has brought something that the server sent because of it. Until then the
 * one before goes on. Numbers make whatever two of them bring harmless, so nothing here waits for an orderly end.
 */
export class CarrierKeeper {
  readonly openedHandler: EngineTransportHandler;
  readonly #setup: CarrierKeeperSetup;
  readonly #handler: CarrierHandler;
  readonly #timers: Timers<"again" | "climb" | "former" | "opened">;
  readonly #turns: Turns = new Turns();
  readonly #pace: RequestPace = new RequestPace();
  readonly #outage: Outage = new Outage();
  #current: Carrier;
  #former: Carrier | undefined;
  #attempt: AttachAttempt | undefined;
  /** The next carrier is to be followed by a better one at once. */
  #suspected = false;
  /** The server has sent what is not a packet, and no message since. */
  #spoilt = false;
  /** What the last failure was, for people. */
  #detail: string | undefined;
  #closed = false;

  /** `opened` is the transport that has brought the handshake; its handler must be `openedHandler` from now on. */
  constructor(opened: EngineTransport, setup: CarrierKeeperSetup, handler: CarrierHandler) {
    this.#setup = setup;
    this.#handler = handler;
    this.#timers = new Timers(setup.clock);
    const carrier = carrierOf(opened, 0, setup.clock.now());
    this.#current = carrier;
    this.openedHandler = this.#handlerOf(() => carrier);
  }

  get current(): Carrier {
    return this.#current;
  }

  /** One that can send a payload, if there is any. */
  get poster(): EngineTransport | undefined {
    return [this.#current, this.#attempt?.carrier, this.#former].find((carrier) => carrier?.transport.post)?.transport;
  }

  start(): void {
    const { transport } = this.#current;
    transport.adopt?.(this.#setup.sid);
    transport.finish?.();
    if (isStream(transport.name)) {
      this.#handler.probe(this.#current);
      this.#timers.set("opened", BUFFERED, () => this.#keptBack());
    }
    this.#scheduleClimb(0);
  }

  /** The options have changed: goes to the best of them that opens. */
  choose(): void {
    const { choice } = this.#setup;
    this.#giveUp();
    const { name } = this.#current.transport;
    if (this.#current.over) this.#recover(choice.order, "chosen");
    else if (choice.better(name).length > 0) this.#begin({ names: choice.better(name), reason: "chosen", climb: true });
  }

  /**
   * The carrier may be dead: a ping is late, or the network is another one. It is attached again as if it had broken,
   * and then a better one is tried, which may open in the new place.
   */
  suspect(): void {
    if (this.#closed) return;
    this.#giveUp();
    const { choice, clock } = this.#setup;
    const { name } = this.#current.transport;
    this.#suspected = true;
    this.#current.over = true;
    this.#outage.begin(clock.now());
    this.#recover(choice.order.includes(name) ? [name, ...choice.lesser(name)] : choice.order, "broken");
  }

  /** The page is looked at again: a good moment to try a better one. */
  climb(): void {
    const names = this.#setup.choice.better(this.#current.transport.name);
    if (this.#attempt !== undefined || this.#closed || this.#current.over || names.length === 0) return;
    this.#begin({ names, reason: "better", climb: true });
  }

  /** Ends all carriers; `leave` tells the server where the carrier can. */
  close(leave: boolean): void {
    this.#closed = true;
    this.#timers.stop();
    const { transport } = this.#current;
    if (leave && transport.post === undefined) transport.close();
    else abandon(transport);
    this.#attempt?.close();
    if (this.#former !== undefined) abandon(this.#former.transport);
  }

  #open(name: TransportName, turn: number, ack: number): Carrier {
    const attach = { ack, turn };
    const transport = this.#setup.create(
      name,
      this.#setup.sid,
      this.#handlerOf(() => carrier),
      attach,
    );
    const carrier = carrierOf(transport, turn, this.#setup.clock.now());
    transport.open();
    return carrier;
  }

  #handlerOf(carrier: () => Carrier): EngineTransportHandler {
    return {
      open: () => carrier() === this.#attempt?.carrier && this.#attempt.begun(),
      packet: (packet) => this.#received(carrier(), packet),
      drain: () => carrier() === this.#current && this.#handler.drain(carrier()),
      ended: () => this.#ended(carrier(), undefined, undefined),
      close: (code, detail) => this.#ended(carrier(), code, detail),
    };
  }

  #received(carrier: Carrier, packet: SessionPacket): void {
    if (this.#closed) return;
    if (packet.type === "noop") {
      carrier.hint = hintOf(packet.data) ?? carrier.hint;
      return;
    }
    if (packet.type === "message") this.#spoilt = false;
    // Every stream begins with numbers.
    carrier.useful ||= !(isStream(carrier.transport.name) && (packet.type === "next" || packet.type === "ack"));
    const probed = packet.type === "pong" && packet.data === "probe";
    // What a buffer lets pass at first says nothing about what follows.
    if (probed || !isStream(carrier.transport.name)) this.#prove(carrier);
    if (!probed) this.#handler.packet(carrier, packet);
  }

  /** The stream that opened the session does not bring what follows. */
  #keptBack(): void {
    const lesser = this.#setup.choice.lesser(this.#current.transport.name);
    if (this.#attempt !== undefined) this.#timers.set("opened", PROBE, () => this.#keptBack());
    else if (lesser.length > 0) this.#recover(lesser, "buffered");
  }

  #prove(carrier: Carrier): void {
    const attempt = this.#attempt;
    if (carrier === this.#current) this.#timers.clear("opened");
    if (attempt === undefined || carrier !== attempt.carrier) return;
    const former = this.#current;
    this.#settle();
    this.#timers.clear("again", "opened");
    this.#current = carrier;
    this.#outage.end();
    this.#retire(former);
    this.#scheduleClimb(this.#suspected ? 0 : undefined);
    this.#suspected = false;
    const { name } = carrier.transport;
    this.#handler.attached(name === former.transport.name ? undefined : attempt.reason);
  }

  #settle(): void {
    this.#attempt?.settle();
    this.#attempt = undefined;
    this.#turns.settle();
  }

  #giveUp(): void {
    this.#attempt?.close();
    this.#settle();
  }

  #retire(former: Carrier): void {
    if (this.#former !== undefined) abandon(this.#former.transport);
    this.#former = former;
    this.#timers.set("former", former.over ? 0 : LINGER, () => {
      this.#former = undefined;
      abandon(former.transport);
    });
  }

  #ended(carrier: Carrier, code: ClientFailureCode | undefined, detail: string | undefined): void {
    if (this.#closed) return;
    carrier.over = true;
    this.#detail = detail ?? this.#detail;
    const attempt = this.#attempt;
    const fatal = this.#fatal(carrier, code, detail);
    if (fatal !== undefined) this.#lose(fatal);
    // A long message may fill a stream before it is proven.
    else if (carrier === attempt?.carrier && code === undefined && carrier.useful) attempt.again(carrier);
    else if (carrier === attempt?.carrier) attempt.unproven("blocked");
    else if (carrier !== this.#current) return;
    else if (code !== undefined) this.#broken();
    else if (attempt === undefined || (polls(carrier) && carrier.useful)) this.#again(carrier);
    // Else the server has ended it because of the attach, which says that the attach has arrived.
    else attempt.awaitProof();
  }

  /** What another carrier would not mend. */
  #fatal(
    carrier: Carrier,
    code: ClientFailureCode | undefined,
    detail: string | undefined,
  ): ClientFailureCode | undefined {
    if (code === "message_too_large") return code;
    if (detail !== undefined && SESSION_OVER.test(detail)) return "session_lost";
    if (code !== "parse_error" || carrier !== this.#current) return undefined;
    // A response may be somebody else's, and is asked for again once; what a WebSocket brings is the server's own.
    const again = this.#spoilt || carrier.transport.post === undefined;
    this.#spoilt = true;
    return again ? code : undefined;
  }

  /** The answer was complete: the next request of the same kind follows. */
  #again(carrier: Carrier): void {
    const pause = this.#pace.pause(carrier, this.#setup.clock.now());
    if (pause === undefined) {
      this.#broken();
      return;
    }
    carrier.over = false;
    const follow = (): void => {
      this.#current = this.#open(carrier.transport.name, this.#turns.next(), this.#setup.ack());
    };
    if (pause === 0) follow();
    else this.#timers.set("again", pause, follow);
  }

  #broken(): void {
    const { choice, clock } = this.#setup;
    this.#outage.begin(clock.now());
    this.#timers.clear("opened");
    if (this.#attempt !== undefined) {
      // The attach under way may be the cause, or the cure.
      this.#attempt.curtail();
      return;
    }
    const { name } = this.#current.transport;
    if (choice.broken(clock.now())) {
      this.#outage.reset();
      this.#recover([name, ...choice.lesser(name)], "broken");
    } else {
      this.#recover(choice.lesser(name), "broken");
    }
  }

  #recover(names: readonly TransportName[], reason: TransportReason): void {
    this.#timers.clear("climb", "again");
    this.#begin({ names, reason, climb: false });
    this.#handler.recovering();
  }

  #begin(plan: AttemptPlan): void {
    const { clock, received, transportTimeout: timeout } = this.#setup;
    this.#attempt = new AttachAttempt(plan, {
      clock,
      timeout,
      open: (name) => this.#open(name, this.#turns.ahead(), received()),
      probe: (carrier) => this.#handler.probe(carrier),
      silent: () => this.#outage.silent(),
      exhausted: () => this.#exhausted(plan.climb),
    });
    this.#attempt.next();
  }

  /** None of the attempt's transports has opened. */
  #exhausted(climb: boolean): void {
    const { choice, clock, online, random } = this.#setup;
    const { over, transport } = this.#current;
    this.#settle();
    if (!over) {
      this.#scheduleClimb();
      return;
    }
    if (climb) {
      this.#recover([transport.name, ...choice.lesser(transport.name)], "broken");
      return;
    }
    this.#outage.begin(clock.now());
    const pause = this.#outage.pause(clock.now(), online(), random);
    if (pause === undefined) this.#lose("connection_lost");
    else this.#timers.set("again", pause, () => this.#recover(choice.order, "blocked"));
  }

  #scheduleClimb(delay?: number): void {
    const { choice, clock, upgrade } = this.#setup;
    if (!upgrade || choice.better(this.#current.transport.name).length === 0) this.#timers.clear("climb");
    else this.#timers.set("climb", delay ?? choice.climb(clock.now()), () => this.climb());
  }

  #lose(code: ClientFailureCode): void {
    this.close(false);
    this.#handler.lost(code, this.#detail);
  }
}

function hintOf(data: string | Uint8Array): number | undefined {
  if (typeof data !== "string" || !/^\d{1,9}$/.test(data)) return undefined;
  return Math.min(Math.max(Number(data), HINT.least), HINT.most);
}

/** Engine.IO, code 1: "Session ID unknown". Other refusals may be of this transport alone, or of something on the way. */
const SESSION_OVER = /^HTTP 400: (\{"code":1\b|Session ID unknown)/;
