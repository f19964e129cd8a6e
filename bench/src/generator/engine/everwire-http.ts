import { type ClientSetup, type EngineClient, type Receive, sessionIdOf, unexpected } from "./engine-client.ts";
import { HttpLink } from "./http-link.ts";
import { type PayloadReader, payloadReader } from "./payload-reader.ts";
import { ReceivedCount } from "./received-count.ts";

const PATH = "/socket.io/?EIO=4";

/** docs/protocol/session.md: numbered messages, down by whatever the transport answers and up by one POST at a time. */
export class EverwireHttp implements EngineClient {
  receive: Receive = () => {};
  readonly #setup: ClientSetup;
  readonly #down: HttpLink;
  readonly #up: HttpLink;
  readonly #reader: PayloadReader;
  readonly #received: ReceivedCount = new ReceivedCount(() => this.#post(true));
  #session = "";
  #turn = 0;
  /** Milliseconds until the next question, where the server says so. */
  #pause = 0;
  #asking: NodeJS.Timeout | undefined;
  /** Messages that the server has not acknowledged, the first of them with the number `#first`. */
  #kept: string[] = [];
  #first = 1;

  constructor(setup: ClientSetup) {
    this.#setup = setup;
    this.#down = new HttpLink(setup.port, setup.tally, setup.lost);
    this.#up = new HttpLink(setup.port, setup.tally, setup.lost);
    this.#reader = payloadReader(setup.transport);
    this.#ask(`${PATH}&everwire=1&transport=${setup.transport}`);
  }

  send(packet: string): void {
    this.#kept.push(`4${packet}`);
    this.#post(false);
  }

  settle(): void {
    this.#received.stop();
    this.#up.reset();
  }

  reset(): void {
    clearTimeout(this.#asking);
    this.#received.stop();
    this.#up.reset();
    this.#down.reset();
  }

  #ask(path: string): void {
    this.#down.request(this.#setup.request.get(path + this.#extra()), {
      body: (text) => this.#reader.push(text, this.#take),
      end: () => {
        this.#reader.end(this.#take);
        // docs/protocol/session.md, "Short polling": an answer ends with the time of the next question.
        if (this.#pause === 0) this.#attach();
        else this.#asking = setTimeout(() => this.#attach(), this.#pause);
      },
    });
  }

  #attach(): void {
    this.#turn++;
    this.#ask(`${this.#session}&ack=${this.#received.tell()}&turn=${this.#turn}`);
  }

  #extra(): string {
    const { transport, port } = this.#setup;
    if (transport === "jsonp") return `&j=${this.#turn}`;
    return transport === "iframe" ? `&origin=${encodeURIComponent(`http://127.0.0.1:${port}`)}` : "";
  }

  readonly #take = (packet: string): void => {
    switch (packet.charAt(0)) {
      case "4":
        this.#received.take();
        this.receive(packet.slice(1));
        return;
      case "8":
        this.#received.expect(Number(packet.slice(1)));
        return;
      case "7":
        this.#acknowledged(Number(packet.slice(1)));
        return;
      case "6":
        this.#pause = Number(packet.slice(1));
        return;
      case "0":
        this.#session = `${PATH}&transport=${this.#setup.transport}&sid=${sessionIdOf(packet)}`;
        this.send("0");
        return;
      default:
        // Runs are shorter than the time of a heartbeat.
        this.#setup.lost(unexpected(packet));
    }
  };

  #acknowledged(number: number): void {
    if (number < this.#first) return;
    this.#kept.splice(0, number - this.#first + 1);
    this.#first = number + 1;
  }

  #post(acknowledge: boolean): void {
    if (this.#up.busy || (!acknowledge && this.#kept.length === 0)) return;
    const ack = this.#received.owed ? [`7${this.#received.tell()}`] : [];
    const messages = this.#kept.length === 0 ? [] : [`8${this.#first}`, ...this.#kept];
    const packets = [...ack, ...messages].join("\x1e");
    const body = this.#setup.transport === "jsonp" ? new URLSearchParams({ d: packets }).toString() : packets;
    let answer = "";
    const sent = this.#first + this.#kept.length - 1;
    this.#up.request(this.#setup.request.post(this.#session, body), {
      body: (text) => {
        answer += text;
      },
      end: () => {
        this.#acknowledged(Number(answer.slice(1)));
        if (this.#first + this.#kept.length - 1 > sent) this.#post(false);
      },
    });
  }
}
