import type { ClientFailureCode } from "../failures.ts";
import type { SessionPacket } from "../packet/session-packet.ts";
import type { EngineTransport, EngineTransportHandler, TransportName } from "../transport/engine-transport.ts";
import { Timers } from "../transport/timers.ts";
import { AttachAttempt, type AttemptPlan } from "./attach-attempt.ts";
import { abandon, type Carrier, carrierOf, isStream, polls } from "./carrier.ts";
import type { CarrierHandler, CarrierKeeperSetup } from "./carrier-keeper-setup.ts";
import { CarrierProbe } from "./carrier-probe.ts";
import { Outage } from "./outage.ts";
import { hintOf, RequestPace } from "./request-pace.ts";
import { isSessionOver } from "./session-inquiry.ts";
import type { TransportReason } from "./transport-choice.ts";
import { Turns } from "./turns.ts";

/** The former carrier is still listened to, ms: a heartbeat may be on its way. */
const LINGER = 1_000;
/** A stream is found to be kept back while something better is tried: it is left, if need be, so many ms later. */
const AFTER_CLIMB = 500;

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
  readonly #timers: Timers<"again" | "climb" | "former" | "held">;
  readonly #turns: Turns = new Turns();
  readonly #pace: RequestPace = new RequestPace();
  readonly #outage: Outage;
  #current: Carrier;
  #former: Carrier | undefined;
  #attempt: AttachAttempt | undefined;
  /** Of the current carrier, a stream, until it is proven. */
  #probe: CarrierProbe | undefined;
  #interrupted = false;
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
    this.#outage = new Outage(setup.reattachTimeout);
    const carrier = carrierOf(opened, 0, setup.clock.now());
    this.#current = carrier;
    this.openedHandler = this.#handlerOf(() => carrier);
  }

  get current(): Carrier {
    return this.#current;
  }

  get interrupted(): boolean {
    return this.#interrupted;
  }

  /** One that can send a payload, if there is any. */
  get poster(): EngineTransport | undefined {
    return [this.#current, this.#attempt?.carrier, this.#former].find((carrier) => carrier?.transport.post)?.transport;
  }

  start(): void {
    const { transport } = this.#current;
    transport.adopt?.(this.#setup.sid);
    transport.finish?.();
    this.#watch(this.#current);
    this.#scheduleClimb(0);
  }

  /** The options have changed: goes to the best of them that opens. */
  choose(): void {
    const { choice, clock } = this.#setup;
    this.#giveUp();
    const better = choice.better(this.#current.transport.name, clock.now());
    if (this.#current.over) this.#recover(choice.order(clock.now()), "chosen");
    else if (better.length > 0) this.#begin({ names: better, reason: "chosen", climb: true });
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
    const order = choice.order(clock.now());
    this.#suspected = true;
    this.#current.over = true;
    this.#outage.begin(clock.now());
    this.#recover(order.includes(name) ? [name, ...choice.lesser(name, clock.now())] : order, "broken");
  }

  /** The page is looked at again: a good moment to try a better one. */
  climb(): void {
    const { choice, clock } = this.#setup;
    const names = choice.better(this.#current.transport.name, clock.now());
    if (this.#attempt !== undefined || this.#closed || this.#current.over || names.length === 0) return;
    this.#begin({ names, reason: "better", climb: true });
  }

  /** Beside all others, for one request or for last words: one that can POST, where one may be used. */
  beside(handler: EngineTransportHandler): EngineTransport {
    const { choice, create, received, sid } = this.#setup;
    const name = choice.named.find((other) => other !== "websocket") ?? "websocket";
    return create(name, sid, handler, { ack: received(), turn: this.#turns.ahead() });
  }

  /** Ends all carriers. With `left`, a WebSocket tells the server that the client leaves, and whether that arrived. */
  close(left?: (arrived: boolean) => void): void {
    this.#closed = true;
    this.#timers.stop();
    this.#probe?.stop();
    const { transport } = this.#current;
    if (left !== undefined && transport.leave !== undefined) {
      transport.leave(left);
    } else {
      abandon(transport);
      left?.(true);
    }
    this.#attempt?.close();
    if (this.#former !== undefined) abandon(this.#former.transport);
  }

  #open(name: TransportName, turn: number, ack: number): Carrier {
    const { clock, create, sid } = this.#setup;
    const handler = this.#handlerOf(() => carrier);
    const transport = create(name, sid, handler, { ack, turn });
    const carrier = carrierOf(transport, turn, clock.now());
    transport.open();
    return carrier;
  }

  #handlerOf(carrier: () => Carrier): EngineTransportHandler {
    return {
      open: () => this.#came(carrier()),
      packet: (packet) => this.#received(carrier(), packet),
      drain: () => carrier() === this.#current && this.#handler.drain(carrier()),
      ended: () => this.#ended(carrier(), undefined, undefined),
      close: (code, detail) => this.#ended(carrier(), code, detail),
    };
  }

  #came(carrier: Carrier): void {
    if (carrier === this.#attempt?.carrier) this.#attempt.begun();
    else if (carrier === this.#current && isStream(carrier.transport.name)) this.#probe?.begun();
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

  /** What follows on a stream may be kept back by something on the way, however it began. */
  #watch(carrier: Carrier): void {
    const post = carrier.transport.post?.bind(carrier.transport);
    if (!isStream(carrier.transport.name) || post === undefined) return;
    const { choice, clock } = this.#setup;
    const held = (): void => {
      choice.held(clock.now());
      this.#leaveHeld();
    };
    this.#probe = new CarrierProbe({ clock, post, seen: false, held });
    this.#probe.begun();
  }

  #leaveHeld(): void {
    this.#probe?.stop();
    const { choice, clock } = this.#setup;
    const lesser = choice.lesser(this.#current.transport.name, clock.now());
    if (this.#attempt !== undefined) this.#timers.set("held", AFTER_CLIMB, () => this.#leaveHeld());
    else if (lesser.length > 0) this.#recover(lesser, "buffered");
  }

  #prove(carrier: Carrier): void {
    if (carrier === this.#current) this.#trust();
    else if (carrier === this.#attempt?.carrier) this.#take(carrier, this.#attempt.reason);
  }

  /** The current carrier is not kept back, or is no more. */
  #trust(): void {
    this.#timers.clear("held");
    this.#probe?.stop();
  }

  #take(carrier: Carrier, reason: TransportReason): void {
    const former = this.#current;
    this.#settle();
    this.#trust();
    this.#timers.clear("again");
    this.#current = carrier;
    this.#outage.end();
    this.#retire(former);
    this.#scheduleClimb(this.#suspected ? 0 : undefined);
    this.#suspected = false;
    const { name } = carrier.transport;
    this.#handler.attached(name === former.transport.name ? undefined : reason);
    this.#interrupt(false);
  }

  #interrupt(yes: boolean): void {
    if (this.#interrupted === yes || this.#closed) return;
    this.#interrupted = yes;
    this.#handler.interrupted(yes);
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
    else attempt.begun();
  }

  /** What another carrier would not mend. */
  #fatal(
    carrier: Carrier,
    code: ClientFailureCode | undefined,
    detail: string | undefined,
  ): ClientFailureCode | undefined {
    if (code === "message_too_large") return code;
    if (isSessionOver(detail)) return "session_lost";
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
    this.#trust();
    if (this.#attempt !== undefined) {
      // The attach under way may be the cause, or the cure.
      this.#attempt.curtail();
      this.#interrupt(true);
      return;
    }
    const { name } = this.#current.transport;
    const lesser = choice.lesser(name, clock.now());
    this.#recover(choice.broken(clock.now()) ? [name, ...lesser] : lesser, "broken");
  }

  #recover(names: readonly TransportName[], reason: TransportReason): void {
    this.#timers.clear("climb", "again");
    this.#begin({ names, reason, climb: false });
    this.#handler.recovering(reason === "blocked");
    this.#interrupt(true);
  }

  #begin(plan: AttemptPlan): void {
    const { choice, clock, random, received, transportTimeout: timeout } = this.#setup;
    this.#attempt = new AttachAttempt(plan, {
      clock,
      random,
      timeout,
      open: (name) => this.#open(name, this.#turns.ahead(), received()),
      accept: (carrier) => {
        this.#prove(carrier);
        this.#watch(carrier);
      },
      held: () => choice.held(clock.now()),
      exhausted: () => this.#exhausted(plan.climb),
    });
    this.#attempt.next();
  }

  /** None of the attempt's transports has opened. */
  #exhausted(climb: boolean): void {
    const { choice, clock, random } = this.#setup;
    const { over, transport } = this.#current;
    this.#settle();
    if (!over) {
      this.#scheduleClimb();
      this.#interrupt(false);
      return;
    }
    if (climb) {
      this.#recover([transport.name, ...choice.lesser(transport.name, clock.now())], "broken");
      return;
    }
    this.#outage.begin(clock.now());
    const pause = this.#outage.pause(clock.now(), random);
    if (pause === undefined) this.#lose("connection_lost");
    else this.#timers.set("again", pause, () => this.#recover(choice.order(clock.now()), "blocked"));
  }

  #scheduleClimb(delay?: number): void {
    const { choice, clock, upgrade } = this.#setup;
    const { name } = this.#current.transport;
    const soon = choice.better(name, clock.now()).length > 0 ? delay : undefined;
    const next = upgrade ? (soon ?? choice.climb(name, clock.now())) : undefined;
    if (next === undefined) this.#timers.clear("climb");
    else this.#timers.set("climb", next, () => this.climb());
  }

  #lose(code: ClientFailureCode): void {
    this.close();
    this.#handler.lost(code, this.#detail);
  }
}
