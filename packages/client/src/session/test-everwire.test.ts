import assert from "node:assert/strict";
import { ProtocolFailure } from "@everwire/protocol";
import { decodeSessionPacket, encodeSessionPacket, SEPARATOR, type SessionPacket } from "../packet/session-packet.ts";
import type { PlatformResponse } from "../transport/connector.ts";
import type {
  Attach,
  EngineTransport,
  EngineTransportHandler,
  TransportFactory,
  TransportName,
} from "../transport/engine-transport.ts";
import type { TestClock } from "../transport/test-clock.test.ts";

/** What the network does to a thing that travels. */
export interface Weather {
  /** Milliseconds on the way. */
  delay(): number;
  /** The connection breaks here, and this does not arrive. */
  cut(): boolean;
  /** A request arrives twice. */
  twice(): boolean;
  /** A request is not answered until it is given up. */
  hung(): boolean;
  /** A stream is ended, as if it were complete, as soon as it has begun. */
  clipped(name: TransportName): boolean;
  /** This transport does not open at all: it is silent, or refused at once. */
  blocked(name: TransportName): "silent" | "refused" | undefined;
  /** Something on the way keeps back what a response brings after its beginning; of a WebSocket, everything. */
  buffered(name: TransportName): boolean;
}

export const FAIR: Weather = {
  delay: () => 5,
  cut: () => false,
  twice: () => false,
  hung: () => false,
  clipped: () => false,
  blocked: () => undefined,
  buffered: () => false,
};

/** An Everwire session on the server's side, as docs/protocol/session.md has it and as simple as it can be. */
export class ModelServer {
  /** Text of the messages that have arrived, in order. */
  readonly got: string[] = [];
  readonly controls: string[] = [];
  ended = false;
  /** What a short poll ends with. */
  hint = "650";
  #kept: string[] = [];
  #acknowledged = 0;
  #turn = 0;
  #carrier: ModelCarrier | undefined;
  /** Number of the next message that the carrier takes. */
  #cursor = 1;
  #urgent: string[] = [];

  get turn(): number {
    return this.#turn;
  }

  get unacknowledged(): number {
    return this.#kept.length;
  }

  get carrier(): ModelCarrier | undefined {
    return this.#carrier;
  }

  send(text: string): void {
    this.#kept.push(`4${text}`);
    this.#flush();
  }

  urgent(packet: string): void {
    this.#urgent.push(packet);
    this.#flush();
  }

  attach(carrier: ModelCarrier, { ack, turn }: Attach): void {
    if (turn <= this.#turn && turn > 0) {
      carrier.end(["6"]);
      return;
    }
    // One that was overtaken by another way says nothing new.
    this.#acknowledge(ack);
    this.#carrier?.end(["6"]);
    this.#turn = turn;
    this.#carrier = carrier;
    this.#cursor = this.#acknowledged + 1;
    if (!carrier.once) carrier.put([`8${this.#cursor}`, `7${this.got.length}`]);
    carrier.announced = !carrier.once;
    this.#flush();
  }

  lost(carrier: ModelCarrier): void {
    if (this.#carrier === carrier) this.#carrier = undefined;
  }

  /** Packets of one stream; `next` is where it stands. False: there is a gap. */
  take(packets: readonly string[], stream: { next: number | undefined }): boolean {
    const had = this.got.length;
    for (const packet of packets) {
      const [type, rest] = [packet[0], packet.slice(1)];
      if (type === "8") stream.next = Number(rest);
      else if (type === "7") this.#acknowledge(Number(rest));
      else if (type === "1") this.ended = true;
      else if (packet === "2probe") this.urgent("3probe");
      else if (type !== "4") this.controls.push(packet);
      else {
        assert.ok(stream.next !== undefined, "a message without a number");
        if (stream.next > this.got.length + 1) return false;
        if (stream.next === this.got.length + 1) this.got.push(rest);
        stream.next += 1;
      }
    }
    // A POST has its answer.
    if (this.got.length > had && this.#carrier?.name === "websocket") this.#urgent.push(`7${this.got.length}`);
    this.#flush();
    return true;
  }

  #acknowledge(number: number): void {
    assert.ok(number <= this.#acknowledged + this.#kept.length, "an acknowledgement of what was never sent");
    this.#kept.splice(0, Math.max(0, number - this.#acknowledged));
    this.#acknowledged = Math.max(number, this.#acknowledged);
    if (this.#cursor > this.#acknowledged) return;
    // What another carrier brought need not be sent again; the stream says that it goes on elsewhere.
    this.#cursor = this.#acknowledged + 1;
    if (this.#carrier !== undefined) this.#carrier.announced = false;
  }

  #flush(): void {
    const carrier = this.#carrier;
    if (carrier === undefined) return;
    const messages = this.#kept.slice(this.#cursor - this.#acknowledged - 1);
    if (messages.length + this.#urgent.length === 0 && carrier.name !== "short-polling") return;
    const greeted = carrier.name === "short-polling" ? [`7${this.got.length}`] : [];
    const begin = (messages.length > 0 || greeted.length > 0) && !carrier.announced ? [`8${this.#cursor}`] : [];
    carrier.announced ||= messages.length > 0;
    this.#cursor += messages.length;
    const packets = [...begin, ...greeted, ...this.#urgent.splice(0), ...messages];
    if (!carrier.once) {
      carrier.put(packets);
      return;
    }
    this.#carrier = undefined;
    carrier.end(carrier.name === "short-polling" ? [...packets, this.hint] : packets);
  }
}

export interface ModelCarrier {
  readonly name: TransportName;
  /** It takes one batch and has ended then. */
  readonly once: boolean;
  announced: boolean;
  put(packets: readonly string[]): void;
  end(last: readonly string[]): void;
}

/** One transport between a client and the model, in whatever weather there is. */
export class ModelTransport implements EngineTransport {
  readonly name: TransportName;
  readonly post?: NonNullable<EngineTransport["post"]>;
  readonly attach: Attach;
  readonly #net: ModelNetwork;
  readonly #stream: { next: number | undefined } = { next: undefined };
  readonly #carrier: ModelCarrier;
  cutUnnoticed = false;
  /** Nothing arrives any more, either way. */
  deaf = false;
  #handler: EngineTransportHandler | undefined;
  #opened = false;
  #down = false;
  #brought = 0;
  /** Packets that a WebSocket's buffer takes. */
  #room = Number.POSITIVE_INFINITY;
  readonly #buffered: boolean;
  /** What has left arrives in order. */
  #lastArrival = 0;
  #lastDeparture = 0;

  constructor(net: ModelNetwork, name: TransportName, attach: Attach, handler: EngineTransportHandler) {
    this.name = name;
    this.attach = attach;
    this.#net = net;
    this.#handler = handler;
    this.#buffered = net.weather.buffered(name);
    this.#carrier = {
      name,
      once: name === "polling" || name === "short-polling",
      announced: false,
      put: (packets) => {
        for (const packet of packets) this.#bring(packet);
      },
      end: (last) => {
        for (const packet of name === "websocket" ? [] : last) this.#bring(packet);
        this.#arrive(() => this.#over());
      },
    };
    if (name !== "websocket") this.post = (body, signal) => net.post(body, signal);
  }

  get writable(): boolean {
    return this.name === "websocket" && this.#opened && this.#handler !== undefined && this.#room > 0;
  }

  open(): void {
    const { clock, server, weather } = this.#net;
    const blocked = weather.blocked(this.name) ?? (weather.cut() ? "refused" : undefined);
    if (blocked === "silent") return;
    clock.after(weather.delay(), () => {
      if (blocked === "refused") {
        this.break("open_failed");
        return;
      }
      this.#arrive(() => {
        this.#opened = true;
        this.#handler?.open();
      });
      server.attach(this.#carrier, this.attach);
      if (weather.clipped(this.name)) {
        server.lost(this.#carrier);
        this.#carrier.end([]);
      }
    });
  }

  send(packets: readonly SessionPacket[]): number {
    assert.ok(this.writable, "sent when not writable");
    const { clock, server, weather } = this.#net;
    const taken = packets.slice(0, this.#room);
    this.#room -= taken.length;
    for (const packet of taken) {
      if (this.#down || weather.cut()) {
        this.break("connection_lost");
        break;
      }
      this.#lastDeparture = Math.max(this.#lastDeparture, clock.now() + weather.delay());
      clock.after(this.#lastDeparture - clock.now(), () => {
        if (!this.#down && !this.deaf)
          assert.ok(server.take([String(encodeSessionPacket(packet))], this.#stream), "a gap");
      });
    }
    return taken.length;
  }

  abandon(): void {
    this.#handler = undefined;
    this.#down = true;
    this.#net.server.lost(this.#carrier);
  }

  /** A WebSocket that was cut without anybody noticing does not arrive. */
  leave(left: (arrived: boolean) => void): void {
    const arrived = !this.cutUnnoticed;
    if (arrived) this.close();
    else this.abandon();
    this.#net.clock.after(this.#net.weather.delay(), () => left(arrived));
  }

  close(): void {
    this.#handler = undefined;
    const { clock, server } = this.#net;
    if (this.name !== "websocket") this.abandon();
    // What was sent before arrives before.
    else
      clock.after(Math.max(0, this.#lastDeparture - clock.now()), () => {
        if (!this.#down) server.ended = true;
        this.abandon();
      });
  }

  /** How many packets a WebSocket's buffer takes from now on. */
  room(count: number): void {
    this.#room = count;
    if (count > 0) this.#handler?.drain();
  }

  /** It was given up here. */
  get released(): boolean {
    return this.#down;
  }

  break(code: "open_failed" | "connection_lost" | "parse_error"): void {
    if (this.#down) return;
    this.#down = true;
    this.#net.server.lost(this.#carrier);
    this.#net.clock.after(1, () => this.#handler?.close(code, undefined));
  }

  #bring(packet: string): void {
    const { weather } = this.#net;
    if (this.#down) return;
    if (weather.cut()) {
      this.break("connection_lost");
      return;
    }
    this.#brought += 1;
    if (this.#buffered && (this.name === "websocket" || this.#brought > 2)) return;
    const decoded = decodeSessionPacket(packet);
    assert.ok(!(decoded instanceof ProtocolFailure));
    this.#arrive(() => this.#handler?.packet(decoded));
  }

  #arrive(what: () => void): void {
    const { clock, weather } = this.#net;
    this.#lastArrival = Math.max(this.#lastArrival, clock.now() + weather.delay());
    clock.after(this.#lastArrival - clock.now(), () => this.#down || this.deaf || what());
  }

  #over(): void {
    const handler = this.#handler;
    this.#handler = undefined;
    if (this.name === "websocket") handler?.close("connection_lost", "1000");
    else handler?.ended();
  }
}

export class ModelNetwork {
  readonly clock: TestClock;
  readonly server: ModelServer = new ModelServer();
  /** All transports made, in order. */
  readonly made: ModelTransport[] = [];
  weather: Weather = FAIR;

  constructor(clock: TestClock) {
    this.clock = clock;
  }

  readonly create: TransportFactory = (name, _sid, handler, attach = { ack: 0, turn: 0 }) => {
    const transport = new ModelTransport(this, name, attach, handler);
    this.made.push(transport);
    return transport;
  };

  post(body: string, signal: AbortSignal): Promise<PlatformResponse> {
    const { clock, server, weather } = this;
    const apply = (): PlatformResponse => {
      server.take(body.split(SEPARATOR), { next: undefined });
      return { status: 200, body: `7${server.got.length}` };
    };
    const [lost, unanswered, twice, hung] = [weather.cut(), weather.cut(), weather.twice(), weather.hung()];
    return new Promise((resolve, reject) => {
      signal.addEventListener("abort", () => reject(new Error("given up")));
      if (hung) return;
      clock.after(weather.delay(), () => {
        const response = lost ? undefined : apply();
        if (twice) clock.after(weather.delay() * 3, () => apply());
        clock.after(weather.delay(), () =>
          response === undefined || unanswered ? reject(new Error("the network")) : resolve(response),
        );
      });
    });
  }
}
