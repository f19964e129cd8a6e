// A client of Everwire sessions that does all that docs/protocol/session.md allows and much that a network does to it:
// what the tests of lossless sessions drive a listener with. It holds no test of its own.
import http from "node:http";
import { type Connection, connect } from "@everwire/websocket";
import { parserOf, SEPARATOR } from "./carriers/downlink-parser.test.ts";
import { TRANSPORT_NAMES, type TransportName } from "./transport.ts";

export type Random = () => number;

/** mulberry32: small, seeded, good enough to choose schedules with. */
export function randomOf(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

type Wire = string | Buffer;

/** One downlink as the client sees it. Whatever it still brings when it is the former one is told apart by numbers. */
interface Downlink {
  readonly transport: TransportName;
  /** The number of the next message on it. */
  next: number | undefined;
  cut(): void;
  /** Stops reading without a word to the other side. */
  freeze(): void;
  /** Only on WebSocket, once it is open. */
  connection: Connection | undefined;
}

export class ModelClient {
  readonly received: Wire[] = [];
  readonly faults: string[] = [];
  sid = "";
  /** Messages that have been sent and may have to be sent again. */
  #unacknowledged: { readonly number: number; readonly wire: Wire }[] = [];
  #nextNumber = 1;
  #arrived = 0;
  #turn = 0;
  #servedTurn = 0;
  #downlink: Downlink | undefined;
  #posting = false;
  #closed = false;
  #pong = false;
  readonly #posted: { url: string; body: string }[] = [];
  readonly #base: string;
  readonly #random: Random;
  readonly #opened: Promise<void>;
  #tellOpened: () => void = () => {};

  constructor(base: string, random: Random) {
    this.#base = base;
    this.#random = random;
    this.#opened = new Promise((resolve) => {
      this.#tellOpened = resolve;
    });
  }

  /** The last turn that the server is known to have seen. */
  get servedTurn(): number {
    return this.#servedTurn;
  }

  get settled(): boolean {
    return this.#unacknowledged.length === 0;
  }

  open(transport: TransportName): Promise<void> {
    this.#begin(transport, `${this.#base}&everwire=1&transport=${transport}${this.#extra(transport)}`);
    return this.#opened;
  }

  /** Attaches with the next turn; the former downlink is left as it is. */
  attach(transport: TransportName): void {
    this.#turn += 1;
    this.#begin(transport, this.attachUrl(transport, this.#turn, this.#arrived));
    if (transport !== "websocket") this.#post();
  }

  attachUrl(transport: TransportName, turn: number, ack: number): string {
    return `${this.#base}&transport=${transport}&sid=${this.sid}&turn=${turn}&ack=${ack}${this.#extra(transport)}`;
  }

  /** The network drops the downlink; nothing is attached until somebody says so. */
  cut(): void {
    const downlink = this.#downlink;
    this.#downlink = undefined;
    downlink?.cut();
  }

  /** The downlink goes silent: nothing is read any more, and nobody is told. */
  freeze(): void {
    const downlink = this.#downlink;
    this.#downlink = undefined;
    downlink?.freeze();
  }

  send(wire: Wire): void {
    const message = { number: this.#nextNumber, wire };
    this.#nextNumber += 1;
    this.#unacknowledged.push(message);
    const connection = this.#downlink?.connection;
    if (connection !== undefined) connection.send(frame(wire));
    else this.#post();
  }

  /** Sends a body again that has been sent before, perhaps long ago. */
  repeat(): void {
    const body = this.#posted[Math.floor(this.#random() * this.#posted.length)];
    if (body !== undefined) this.#request(body.url, body.body, () => {});
  }

  /** Asks whether the downlink comes through; the answer is counted as received by nobody. */
  probe(): void {
    this.#request(`${this.#base}&transport=polling&sid=${this.sid}`, "2probe", () => {});
  }

  close(): void {
    this.#closed = true;
    this.#downlink?.cut();
    this.#request(`${this.#base}&transport=polling&sid=${this.sid}`, "1", () => {});
  }

  #extra(transport: TransportName): string {
    if (transport === "jsonp") return "&j=7";
    return transport === "iframe" ? `&origin=${encodeURIComponent(new URL(this.#base).origin)}` : "";
  }

  #begin(transport: TransportName, url: string): void {
    if (transport === "websocket") this.#dial(url);
    else this.#get(transport, url);
  }

  #get(transport: TransportName, url: string): void {
    const turn = this.#turn;
    const request = http.get(url, { agent: false });
    const downlink: Downlink = {
      transport,
      next: undefined,
      connection: undefined,
      cut: () => request.destroy(),
      freeze: () => request.on("response", (response) => response.pause()).socket?.pause(),
    };
    this.#downlink = downlink;
    const parse = parserOf(transport);
    // Some answers are cut in their middle.
    let left = this.#random() < 0.25 && this.sid !== "" ? Math.floor(this.#random() * 4000) : Number.POSITIVE_INFINITY;
    request.on("error", () => this.#broke(downlink));
    request.on("response", (response) => {
      if (response.statusCode !== 200) this.#fault(`${transport} was answered with ${response.statusCode}`);
      this.#servedTurn = Math.max(this.#servedTurn, turn);
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => {
        left -= chunk.length;
        if (left < 0) {
          request.destroy();
          return;
        }
        for (const packet of parse(chunk)) this.#packet(downlink, packet);
      });
      response.on("end", () => {
        for (const packet of parse(undefined)) this.#packet(downlink, packet);
        this.#complete(downlink);
      });
      response.on("error", () => this.#broke(downlink));
    });
  }

  #dial(url: string): void {
    let cut = false;
    const downlink: Downlink = {
      transport: "websocket",
      next: undefined,
      connection: undefined,
      cut: () => {
        cut = true;
        downlink.connection?.terminate();
      },
      freeze: () => {
        downlink.connection = undefined;
      },
    };
    this.#downlink = downlink;
    connect(url.replace("http", "ws")).then(
      (connection) => {
        connection.start({
          message: (data) => this.#packet(downlink, data),
          close: () => this.#broke(downlink),
        });
        if (cut) {
          connection.terminate();
          return;
        }
        if (this.#downlink !== downlink) return;
        downlink.connection = connection;
        // Everything that may be missing, at once: the server knows by the numbers what it has.
        connection.send(`8${this.#unacknowledged[0]?.number ?? this.#nextNumber}`);
        for (const { wire } of this.#unacknowledged) connection.send(frame(wire));
      },
      () => this.#broke(downlink),
    );
  }

  /** Another downlink may be there already; otherwise a client comes back at once. */
  #broke(downlink: Downlink): void {
    downlink.connection = undefined;
    if (this.#downlink !== downlink || this.#closed || this.sid === "") return;
    this.#downlink = undefined;
    this.attach(this.#random() < 0.5 ? "polling" : "streaming");
  }

  #complete(downlink: Downlink): void {
    if (this.#downlink !== downlink || this.#closed) return;
    this.attach(downlink.transport);
  }

  #packet(downlink: Downlink, packet: Wire): void {
    if (typeof packet !== "string") {
      this.#message(downlink, packet);
      return;
    }
    const data = packet.slice(1);
    const type: string = packet.slice(0, 1);
    switch (type) {
      case "0": {
        const handshake: { sid: string; everwire: number } = JSON.parse(data);
        if (handshake.everwire !== 1) this.#fault("no Everwire session");
        this.sid = handshake.sid;
        this.#tellOpened();
        return;
      }
      case "b":
        this.#message(downlink, Buffer.from(data, "base64"));
        return;
      case "4":
        this.#message(downlink, data);
        return;
      case "7":
        if (Number(data) >= this.#nextNumber) this.#fault(`acknowledged ${data}, which was never sent`);
        this.#unacknowledged = this.#unacknowledged.filter(({ number }) => number > Number(data));
        return;
      case "8":
        downlink.next = Number(data);
        return;
      case "2":
        this.#pong = true;
        this.#post();
        return;
      case "1":
        if (!this.#closed) this.#fault("the server closed the session");
        return;
      case "3":
      case "6":
        return;
      default:
        this.#fault(`unknown packet ${JSON.stringify(packet.slice(0, 40))}`);
    }
  }

  #message(downlink: Downlink, wire: Wire): void {
    if (downlink.next === undefined) {
      this.#fault("a message without a number");
      return;
    }
    const number = downlink.next;
    // What came after the end of the network.
    if (Number.isNaN(number)) return;
    downlink.next += 1;
    if (number > this.#arrived + 1) this.#fault(`message ${number} after ${this.#arrived} on ${downlink.transport}`);
    if (number !== this.#arrived + 1) return;
    this.#arrived = number;
    this.received.push(wire);
    if (this.#random() < 0.04 && this.#downlink === downlink) {
      // The network ends just here, be it in the middle of a message and its attachments.
      downlink.next = Number.NaN;
      this.cut();
      this.attach(TRANSPORT_NAMES[Math.floor(this.#random() * TRANSPORT_NAMES.length)] ?? "polling");
      return;
    }
    const late = this.#random() < 0.5;
    if (late) return;
    const connection = this.#downlink?.connection;
    if (connection !== undefined) connection.send(`7${this.#arrived}`);
    else this.#post(true);
  }

  #fault(text: string): void {
    this.faults.push(text);
  }

  /** One body at a time with everything that may be missing; a failed one is sent again. */
  #post(acknowledge = false): void {
    if (this.#posting || this.#closed || this.sid === "") return;
    if (this.#downlink?.connection !== undefined) return;
    const [first] = this.#unacknowledged;
    const packets: string[] = [];
    if (acknowledge || this.#random() < 0.5) packets.push(`7${this.#arrived}`);
    if (this.#pong) packets.push("3");
    this.#pong = false;
    if (first !== undefined) packets.push(`8${first.number}`, ...this.#unacknowledged.map(({ wire }) => text(wire)));
    if (packets.length === 0) return;
    const transport = this.#random() < 0.2 ? "jsonp" : "polling";
    const payload = packets.join(SEPARATOR);
    const body = transport === "jsonp" ? new URLSearchParams({ d: escapeForm(payload) }).toString() : payload;
    const url = `${this.#base}&transport=${transport}&sid=${this.sid}`;
    this.#posted.push({ url, body });
    this.#posting = true;
    // A client that hears nothing sends again; meanwhile the first one may arrive after all.
    if (this.#random() < 0.2) this.#request(url, body, () => {});
    this.#request(url, body, (answer) => {
      this.#posting = false;
      if (answer !== undefined) this.#packet({ ...NOWHERE }, answer);
      if (this.#unacknowledged.length > 0) setTimeout(() => this.#post(), 2);
    });
  }

  /** `done` hears the answer, or undefined when there was none. Some are cut off at any moment. */
  #request(url: string, body: string, done: (answer: string | undefined) => void): void {
    let settled = false;
    const settle = (answer: string | undefined): void => {
      if (settled) return;
      settled = true;
      done(answer);
    };
    const request = http.request(url, { method: "POST", agent: false }, (response) => {
      let answer = "";
      response.setEncoding("utf8");
      response.on("data", (chunk) => {
        answer += chunk;
      });
      response.on("error", () => settle(undefined));
      response.on("end", () => {
        if (response.statusCode === 200) settle(answer);
        else {
          if (!this.#closed && response.statusCode !== 429) this.#fault(`POST ${response.statusCode} ${answer}`);
          settle(undefined);
        }
      });
    });
    request.on("error", () => settle(undefined));
    request.on("close", () => settle(undefined));
    request.end(body);
    if (this.#random() < 0.15 && !this.#closed) setTimeout(() => request.destroy(), this.#random() * 4);
  }
}

const NOWHERE: Downlink = { transport: "polling", next: undefined, connection: undefined, cut() {}, freeze() {} };

function frame(wire: Wire): Wire {
  return typeof wire === "string" ? `4${wire}` : wire;
}

function text(wire: Wire): string {
  return typeof wire === "string" ? `4${wire}` : `b${wire.toString("base64")}`;
}

function escapeForm(payload: string): string {
  return payload.replaceAll("\\n", "\\\\n").replaceAll("\n", "\\n");
}
