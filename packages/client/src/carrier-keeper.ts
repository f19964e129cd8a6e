import { backoffDelay } from "./backoff.ts";
import { abandon, type Carrier, carrierOf, isStream, polls } from "./carrier.ts";
import type { Clock } from "./clock.ts";
import type { EngineTransport, EngineTransportHandler, TransportFactory, TransportName } from "./engine-transport.ts";
import type { ClientFailureCode } from "./failures.ts";
import type { SessionPacket } from "./session-packet.ts";
import { Timers } from "./timers.ts";
import type { TransportChoice, TransportReason } from "./transport-choice.ts";

/** A stream on which a probe is not answered within so many ms is kept back by something on the way. */
const BUFFERED = 3_000;
/** A probe may overtake the request it is to be answered by, so it is repeated. */
const PROBE = 500;
/** The former carrier is still listened to, ms: a heartbeat may be on its way. */
const LINGER = 1_000;
/** The server keeps a session without a downlink as long as this by default, ms; then there is nothing to come back to. */
const GIVE_UP = 20_000;
/** Where the network is there and everything is refused at once, it is the server that is away, and people should know. */
const GIVE_UP_REFUSED = 5_000;
/** Between rounds through all transports while none opens. */
const ROUND = { base: 500, max: 2_000, randomization: 0.5 };
/** Turns left free for the carrier in use while another is attached: polls follow each other meanwhile. */
const AHEAD = 1_000_000;
/** Answers that bring nothing and come sooner than this, ms, are asked for ever more slowly. */
const HASTY = 1_000;
/** Until the server's hint, ms. */
const SHORT_POLLING = 1_000;

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
  /** What the attach acknowledges. */
  readonly ack: () => number;
}

export interface CarrierHandler {
  packet(carrier: Carrier, packet: SessionPacket): void;
  drain(carrier: Carrier): void;
  /** The session has a proven carrier; with a reason when it is of another name than the one before. */
  attached(reason: TransportReason | undefined): void;
  /** `2probe` is to be sent, by this carrier where it can send. */
  probe(carrier: Carrier): void;
  /** The session is lost: once and last. */
  lost(code: ClientFailureCode, detail: string | undefined): void;
}

/** An attach under way: one carrier is opening, and these names are tried when it does not. */
interface Attempt {
  carrier: Carrier | undefined;
  names: readonly TransportName[];
  reason: TransportReason;
  /** The carrier in use is good; this one would be better. */
  readonly climb: boolean;
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
  readonly #timers: Timers<"again" | "deadline" | "probe" | "climb" | "former" | "opened">;
  #current: Carrier;
  #former: Carrier | undefined;
  #attempt: Attempt | undefined;
  #turn = 0;
  #hasty = 0;
  #rounds = 0;
  #brokenSince: number | undefined;
  /** The next carrier is to be followed by a better one at once. */
  #suspected = false;
  /** Since then something neither opened nor was refused. */
  #silence = false;
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
    this.#brokenSince ??= clock.now();
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
    if (this.#attempt?.carrier !== undefined) abandon(this.#attempt.carrier.transport);
    if (this.#former !== undefined) abandon(this.#former.transport);
  }

  #open(name: TransportName, turn: number): Carrier {
    const attach = { ack: this.#setup.ack(), turn };
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
      open: () => this.#begun(carrier()),
      packet: (packet) => this.#received(carrier(), packet),
      drain: () => carrier() === this.#current && this.#handler.drain(carrier()),
      ended: () => this.#ended(carrier(), undefined, undefined),
      close: (code, detail) => this.#ended(carrier(), code, detail),
    };
  }

  #received(carrier: Carrier, packet: SessionPacket): void {
    if (this.#closed) return;
    if (packet.type === "noop") {
      if (packet.data !== "") carrier.hint = Math.min(Math.max(Number(packet.data) || 0, 10), 60_000);
      return;
    }
    carrier.useful = true;
    const probed = packet.type === "pong" && packet.data === "probe";
    // What a buffer lets pass at first says nothing about what follows.
    if (probed || !isStream(carrier.transport.name)) this.#prove(carrier);
    if (!probed) this.#handler.packet(carrier, packet);
  }

  #begun(carrier: Carrier): void {
    if (carrier === this.#attempt?.carrier && isStream(carrier.transport.name)) this.#watchStream();
  }

  /** The stream that opened the session does not bring what follows. */
  #keptBack(): void {
    const lesser = this.#setup.choice.lesser(this.#current.transport.name);
    if (this.#attempt !== undefined) this.#timers.set("opened", PROBE, () => this.#keptBack());
    else if (lesser.length > 0) this.#recover(lesser, "buffered");
  }

  /** Probes the stream until it is proven, and gives it up when it never is. */
  #watchStream(): void {
    this.#timers.set("deadline", BUFFERED, () => this.#unproven("buffered"));
    this.#probe();
  }

  #probe(): void {
    if (this.#attempt?.carrier === undefined) return;
    this.#handler.probe(this.#attempt.carrier);
    this.#timers.set("probe", PROBE, () => this.#probe());
  }

  #prove(carrier: Carrier): void {
    const attempt = this.#attempt;
    if (carrier === this.#current) this.#timers.clear("opened");
    if (attempt === undefined || carrier !== attempt.carrier) return;
    const former = this.#current;
    this.#settle();
    this.#timers.clear("again", "opened");
    this.#current = carrier;
    this.#brokenSince = undefined;
    this.#silence = false;
    this.#retire(former);
    this.#scheduleClimb(this.#suspected ? 0 : undefined);
    this.#suspected = false;
    const { name } = carrier.transport;
    this.#handler.attached(name === former.transport.name ? undefined : attempt.reason);
  }

  /** The attempt is over, well or badly; its turn is used up either way. */
  #settle(): void {
    this.#timers.clear("deadline", "probe");
    this.#turn = Math.max(this.#turn, this.#attempt?.carrier?.turn ?? 0);
    this.#attempt = undefined;
  }

  #giveUp(): void {
    const carrier = this.#attempt?.carrier;
    this.#settle();
    if (carrier !== undefined) abandon(carrier.transport);
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
    if (code === "message_too_large") this.#lose(code);
    else if (detail !== undefined && SESSION_OVER.test(detail)) this.#lose("session_lost");
    else if (carrier === this.#attempt?.carrier) this.#unproven("blocked");
    else if (carrier !== this.#current) return;
    else if (code !== undefined) this.#broken();
    else if (this.#attempt === undefined || (polls(carrier) && carrier.useful)) this.#again(carrier);
    // Else the server has ended it because of the attach, which says that the attach has arrived.
    else if (isStream(this.#attempt.carrier?.transport.name)) {
      this.#timers.set("deadline", BUFFERED, () => this.#unproven("buffered"));
    }
  }

  /** The answer was complete: the next request of the same kind follows. */
  #again(carrier: Carrier): void {
    const { since, useful, hint, transport } = carrier;
    carrier.over = false;
    const now = this.#setup.clock.now();
    this.#hasty = useful || now - since >= HASTY ? 0 : this.#hasty + 1;
    const patience = this.#hasty < 4 ? 0 : Math.min(2 ** this.#hasty * 10, 5_000);
    const pause = transport.name === "short-polling" ? Math.max(hint ?? SHORT_POLLING, patience) : patience;
    const follow = (): void => {
      this.#turn += 1;
      this.#current = this.#open(transport.name, this.#turn);
    };
    if (pause === 0) follow();
    else this.#timers.set("again", pause, follow);
  }

  #broken(): void {
    const { choice, clock } = this.#setup;
    this.#brokenSince ??= clock.now();
    this.#timers.clear("opened");
    if (this.#attempt !== undefined) {
      // The attach under way may be the cause, or the cure.
      this.#attempt.names = [];
      return;
    }
    const { name } = this.#current.transport;
    if (choice.broken(clock.now())) {
      this.#rounds = 0;
      this.#recover([name, ...choice.lesser(name)], "broken");
    } else {
      this.#recover(choice.lesser(name), "broken");
    }
  }

  #recover(names: readonly TransportName[], reason: TransportReason): void {
    this.#timers.clear("climb", "again");
    this.#begin({ names, reason, climb: false });
  }

  #begin(plan: Pick<Attempt, "names" | "reason" | "climb">): void {
    this.#attempt = { ...plan, carrier: undefined };
    this.#next();
  }

  /** Opens the next of the attempt's names. */
  #next(): void {
    const attempt = this.#attempt;
    const [name, ...rest] = attempt?.names ?? [];
    if (attempt === undefined || name === undefined) {
      this.#exhausted();
      return;
    }
    attempt.names = rest;
    const carrier = this.#open(name, Math.max(this.#turn, attempt.carrier?.turn ?? 0) + AHEAD);
    attempt.carrier = carrier;
    this.#timers.set("deadline", this.#setup.transportTimeout, () => {
      this.#silence = true;
      this.#unproven("blocked");
    });
    // A poll is answered when there is something to say; this gives the server something.
    if (polls(carrier)) this.#probe();
  }

  /** The carrier that was to take over does not: the next one is tried. */
  #unproven(reason: "blocked" | "buffered"): void {
    this.#timers.clear("deadline", "probe");
    const attempt = this.#attempt;
    if (attempt === undefined) return;
    if (attempt.carrier !== undefined) abandon(attempt.carrier.transport);
    if (!attempt.climb) attempt.reason = reason;
    this.#next();
  }

  /** None of the attempt's transports has opened. */
  #exhausted(): void {
    const climb = this.#attempt?.climb === true;
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
    this.#brokenSince ??= clock.now();
    const patience = this.#silence || !online() ? GIVE_UP : GIVE_UP_REFUSED;
    if (clock.now() - this.#brokenSince >= patience) {
      this.#lose("connection_lost");
      return;
    }
    const delay = backoffDelay(ROUND, this.#rounds++, random);
    this.#timers.set("again", delay, () => this.#recover(choice.order, "blocked"));
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

/** Engine.IO, code 1: "Session ID unknown". Other refusals may be of this transport alone, or of something on the way. */
const SESSION_OVER = /^HTTP 400: (\{"code":1\b|Session ID unknown)/;
