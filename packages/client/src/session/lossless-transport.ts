import type { EnginePacket } from "@everwire/protocol";
import type { ClientFailureCode } from "../failures.ts";
import { ControlPackets } from "../packet/control-packets.ts";
import { NumberedLink } from "../packet/numbered-link.ts";
import type { SessionPacket } from "../packet/session-packet.ts";
import type { EngineTransport, EngineTransportHandler, TransportName } from "../transport/engine-transport.ts";
import { Timers } from "../transport/timers.ts";
import { type Carrier, polls } from "./carrier.ts";
import { CarrierKeeper } from "./carrier-keeper.ts";
import type { CarrierKeeperSetup } from "./carrier-keeper-setup.ts";
import { FAREWELL, farewellBySocket } from "./farewell.ts";
import { HttpUplink } from "./http-uplink.ts";
import { SessionInquiry } from "./session-inquiry.ts";
import type { TransportReason } from "./transport-choice.ts";

/** An acknowledgement waits this long, ms, for company. */
const ACK_DELAY = 2_000;

/** So many ms after what was sent by a WebSocket an acknowledgement is overdue, and more for what it was on a slow line. */
const OVERDUE = ACK_DELAY + 5_000;
const SLOW_LINE = 4;

const PONG: EnginePacket = { type: "pong", data: "" };
const CLOSE: EnginePacket = { type: "close", data: "" };
/** Of a transport that is used for what it sends alone. */
const UNHEARD: EngineTransportHandler = {
  open: () => undefined,
  packet: () => undefined,
  drain: () => undefined,
  ended: () => undefined,
  close: () => undefined,
};

export interface LosslessSetup extends Omit<CarrierKeeperSetup, "ack" | "received"> {
  /** Milliseconds a POST may take at most. */
  readonly requestTimeout: number;
  readonly maxPayload: number;
}

export interface LosslessHandler extends Pick<EngineTransportHandler, "drain" | "close"> {
  packet(packet: EnginePacket): void;
  /** The server has answered an attach. With a reason when the name has changed. */
  attached(reason: TransportReason | undefined): void;
  /** There is no carrier, and messages wait. False: that is over. */
  interrupted(yes: boolean): void;
}

/**
 * An Everwire session as one transport that is lost only when the session is: whatever carries it, messages are numbered
 * both ways and come once and in order (docs/protocol/session.md).
 */
export class LosslessTransport implements EngineTransport {
  readonly #handler: LosslessHandler;
  readonly #link: NumberedLink = new NumberedLink();
  readonly #keeper: CarrierKeeper;
  readonly #uplink: HttpUplink;
  readonly #inquiry: SessionInquiry = new SessionInquiry();
  readonly #timers: Timers<"ack" | "leave" | "overdue">;
  readonly #setup: LosslessSetup;
  /** Not numbered; for the WebSocket. Those for a POST are the uplink's. */
  readonly #controls: ControlPackets = new ControlPackets();
  #state: "open" | "ended" | "closed" = "open";

  /** `opened` is the transport that has brought the handshake; its events go to `openedHandler` from now on. */
  constructor(opened: EngineTransport, setup: LosslessSetup, handler: LosslessHandler) {
    const { clock, requestTimeout: timeout, maxPayload, random } = setup;
    this.#setup = setup;
    this.#handler = handler;
    this.#timers = new Timers(clock);
    this.#keeper = new CarrierKeeper(
      opened,
      { ...setup, ack: () => this.#ack(), received: () => this.#link.received },
      {
        packet: (carrier, packet) => this.#receive(carrier, packet),
        drain: () => this.#drained(),
        attached: (reason) => this.#attached(reason),
        interrupted: (yes) => handler.interrupted(yes),
        recovering: (again) => this.#recovering(again),
        lost: (code, detail) => this.#end(code, detail),
      },
    );
    const by = (): EngineTransport["post"] | undefined => {
      const poster = this.#keeper.poster;
      return poster?.post?.bind(poster);
    };
    this.#uplink = new HttpUplink(
      // The last payload is for all that a WebSocket has not said.
      { clock, link: this.#link, timeout, maxPayload, random, by, numbered: () => !this.#duplex || this.#closed },
      {
        drain: () => this.#drained(),
        silent: () => this.interrupted || this.suspect(),
        over: (code, detail) => this.#end(code, detail),
      },
    );
  }

  get name(): TransportName {
    return this.#keeper.current.transport.name;
  }

  get openedHandler(): EngineTransportHandler {
    return this.#keeper.openedHandler;
  }

  /** One POST at a time: what comes meanwhile waits in the engine, where it is counted, and leaves together. */
  get writable(): boolean {
    const { over, transport } = this.#keeper.current;
    if (this.#state !== "open" || !this.#link.room) return false;
    return this.#duplex ? !over && transport.writable : !this.#uplink.busy;
  }

  get interrupted(): boolean {
    return this.#keeper.interrupted;
  }

  get #closed(): boolean {
    return this.#state === "closed";
  }

  get #duplex(): boolean {
    return this.#keeper.current.transport.post === undefined;
  }

  open(): void {
    this.#keeper.start();
    this.#flush();
  }

  /** Takes what the window takes. */
  send(packets: readonly SessionPacket[]): number {
    let count = 0;
    for (const packet of packets) {
      if (packet.type !== "message") this.#add(packet);
      else if (this.#link.room) this.#link.keep(packet);
      else break;
      count += 1;
    }
    this.#flush();
    return count;
  }

  /** Moves the session to the first of the names that opens. False: the server serves none of them. */
  choose(names: readonly TransportName[]): boolean {
    if (!this.#setup.choice.choose(names)) return false;
    this.#keeper.choose();
    return true;
  }

  /** The connection may be dead though nobody has said so. */
  suspect(): void {
    this.#keeper.suspect();
    if (this.#state === "open") this.#uplink.restart();
  }

  /** The device has another network: what was kept back on the way may pass now. */
  networkChanged(): void {
    this.#setup.choice.forgive();
    this.suspect();
  }

  climb(): void {
    this.#keeper.climb();
  }

  close(): void {
    if (this.#closed) return;
    const ended = this.#state === "ended";
    this.#state = "closed";
    this.#timers.stop();
    this.#uplink.stop();
    this.#inquiry.stop();
    if (ended || (this.#duplex && !this.#keeper.current.over)) {
      // Its own close tells the server that the client leaves, unless it was cut and nobody has noticed.
      if (!ended) this.#timers.set("leave", FAREWELL, () => this.#farewell());
      this.#keeper.close((arrived) => this.#left(arrived));
    } else {
      this.#farewell();
      this.#keeper.close();
    }
  }

  #left(arrived: boolean): void {
    if (!this.#timers.has("leave")) return;
    this.#timers.clear("leave");
    if (!arrived) this.#farewell();
  }

  /** By a POST where one may be used, else by another WebSocket. */
  #farewell(): void {
    const transport = this.#keeper.poster ?? this.#keeper.beside(UNHEARD);
    if (transport.post !== undefined) {
      this.#uplink.close(transport.post.bind(transport));
      return;
    }
    const { first } = this.#link;
    const packets = [{ type: "next", data: "", number: first } as const, ...this.#link.from(first), CLOSE];
    farewellBySocket({ clock: this.#setup.clock, open: (handler) => this.#keeper.beside(handler), packets });
  }

  /** What waits need not wait any longer. */
  #recovering(again: boolean): void {
    this.#uplink.hurry();
    const { choice, create, sid } = this.#setup;
    if (!again || choice.named.some((name) => name !== "websocket")) return;
    const transport = create("polling", sid, UNHEARD, { ack: 0, turn: 0 });
    this.#inquiry.ask(transport, (detail) => this.#end("session_lost", detail));
  }

  #receive(carrier: Carrier, packet: SessionPacket): void {
    if (this.#state !== "open") return;
    switch (packet.type) {
      case "next":
        // A stream may begin with what is known already, never beyond what is next.
        if (packet.number < 1 || packet.number > this.#link.received + 1)
          this.#end("parse_error", "a gap in the stream");
        carrier.next = packet.number;
        return;
      case "ack":
        if (!this.#link.acknowledge(packet.number)) this.#end("parse_error", "an acknowledgement of what was not sent");
        else if (this.#link.room) this.#drained();
        return;
      case "message":
        this.#take(carrier, packet);
        return;
      case "close":
        // The server has ended the session, and need not be told.
        this.#state = "ended";
        this.#handler.packet(packet);
        return;
      case "open":
      case "ping":
      case "pong":
      case "upgrade":
      case "noop":
        this.#handler.packet(packet);
    }
  }

  #take(carrier: Carrier, packet: EnginePacket): void {
    const taken = carrier.next === undefined ? "gap" : this.#link.take(carrier.next, packet.data.length);
    if (taken === "gap" || carrier.next === undefined) {
      this.#end("parse_error", "a message without a number");
      return;
    }
    carrier.next += 1;
    if (taken === "known") return;
    this.#handler.packet(packet);
    // The application may have closed it.
    if (this.#state !== "open") return;
    if (this.#link.ackDue) this.#acknowledge();
    else if (!this.#timers.has("ack")) this.#timers.set("ack", ACK_DELAY, () => this.#acknowledge());
  }

  /** For an attach. One beside a stream or a WebSocket may come to nothing, and what it says is said by other ways too. */
  #ack(): number {
    return polls(this.#keeper.current) ? this.#link.takeAck() : this.#link.received;
  }

  /** What the next request carries anyway, or a payload, need not be sent on its own. */
  #acknowledge(): void {
    this.#timers.clear("ack");
    if (this.#state !== "open" || !this.#link.ackWanted) return;
    const { over, transport } = this.#keeper.current;
    if (!this.#duplex) this.#uplink.flush(true);
    else if (!over) this.#sendControl({ type: "ack", data: "", number: this.#link.takeAck() }, transport);
  }

  #sendControl(packet: SessionPacket, transport: EngineTransport): void {
    if (transport.post === undefined) this.#controls.add(packet);
    else this.#uplink.add(packet);
    this.#flush();
  }

  #add(packet: SessionPacket): void {
    if (this.#duplex) this.#controls.add(packet);
    else this.#uplink.add(packet);
  }

  #flush(): void {
    this.#flushSocket();
    this.#uplink.flush();
  }

  /** Each stream says once which number its first message has; again only when the server was found to be ahead of it. */
  #flushSocket(): void {
    const { current } = this.#keeper;
    if (!this.#duplex || current.over || !current.transport.writable || this.#state !== "open") return;
    const { first } = this.#link;
    if (current.sent === undefined || current.sent < first) {
      current.sent = first;
      this.#controls.add({ type: "next", data: "", number: first });
    }
    const controls = this.#controls.waiting;
    const packets = [...controls, ...this.#link.from(current.sent)];
    if (packets.length === 0) return;
    const count = current.transport.send(packets, Number.POSITIVE_INFINITY);
    this.#controls.taken(count);
    current.sent += Math.max(0, count - controls.length);
    this.#watchArrival();
  }

  /** A connection that is dead says nothing of it; the heartbeat would find out much later. */
  #watchArrival(): void {
    const { first, last, unacknowledgedBytes } = this.#link;
    if (first > last || this.#timers.has("overdue")) return;
    this.#timers.set("overdue", OVERDUE + unacknowledgedBytes / SLOW_LINE, () => {
      const { current } = this.#keeper;
      if (!this.#duplex || current.over || this.#state !== "open") return;
      if (this.#link.first > first) this.#watchArrival();
      else this.suspect();
    });
  }

  #drained(): void {
    if (this.#state !== "open") return;
    this.#flush();
    if (this.writable) this.#handler.drain();
  }

  /** A heartbeat that was on its way over the former carrier may be gone, in either direction; so it is answered again. */
  #attached(reason: TransportReason | undefined): void {
    this.#controls.taken();
    this.#add(PONG);
    // So may an acknowledgement be, and a server whose window is full says nothing that would be acknowledged again.
    this.#link.ackFailed();
    this.#timers.set("ack", ACK_DELAY, () => this.#acknowledge());
    this.#handler.attached(reason);
    this.#drained();
  }

  #end(code: ClientFailureCode, detail: string | undefined): void {
    if (this.#state !== "open") return;
    this.#state = "ended";
    this.#handler.close(code, detail);
  }
}
