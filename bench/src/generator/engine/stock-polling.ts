import { type ClientSetup, type EngineClient, type Receive, sessionIdOf, unexpected } from "./engine-client.ts";
import { HttpLink } from "./http-link.ts";
import { payloadReader } from "./payload-reader.ts";

/** As clients of Socket.IO ask for it, with the parameter that keeps caches away. */
const PATH = "/socket.io/?EIO=4&transport=polling&t=pw4x1q2z";

/** Long polling of Engine.IO 4: one GET is always waiting, and one POST at a time sends. */
export class StockPolling implements EngineClient {
  receive: Receive = () => {};
  readonly #setup: ClientSetup;
  readonly #down: HttpLink;
  readonly #up: HttpLink;
  readonly #reader = payloadReader("polling");
  #poll = "";
  #path = PATH;
  #waiting: string[] = [];
  /** The last body that was sent, and its request: loads say the same again and again. */
  #lastBody = "";
  #lastPost = "";

  constructor(setup: ClientSetup) {
    this.#setup = setup;
    this.#down = new HttpLink(setup.port, setup.tally, setup.lost);
    this.#up = new HttpLink(setup.port, setup.tally, setup.lost);
    this.#poll = setup.request.get(PATH);
    this.#ask();
  }

  send(packet: string): void {
    this.#say(`4${packet}`);
  }

  settle(): void {
    this.#up.reset();
  }

  reset(): void {
    this.#up.reset();
    this.#down.reset();
  }

  #ask(): void {
    this.#down.request(this.#poll, {
      body: (text) => this.#reader.push(text, this.#take),
      end: () => {
        // The next request goes before what this answer brings is looked at, as the packets may cause a POST.
        if (this.#path !== PATH) this.#ask();
        this.#reader.end(this.#take);
      },
    });
  }

  readonly #take = (packet: string): void => {
    switch (packet.charAt(0)) {
      case "4":
        this.receive(packet.slice(1));
        return;
      case "0":
        this.#open(packet);
        return;
      case "2":
        this.#say("3");
        return;
      case "6":
        return;
      default:
        this.#setup.lost(unexpected(packet));
    }
  };

  #open(packet: string): void {
    this.#path = `${PATH}&sid=${sessionIdOf(packet)}`;
    this.#poll = this.#setup.request.get(this.#path);
    this.send("0");
    this.#ask();
  }

  #say(packet: string): void {
    if (this.#up.busy) this.#waiting.push(packet);
    else this.#post(packet);
  }

  #post(body: string): void {
    if (body !== this.#lastBody) {
      this.#lastBody = body;
      this.#lastPost = this.#setup.request.post(this.#path, body);
    }
    this.#up.request(this.#lastPost, {
      body: () => {},
      end: () => {
        if (this.#waiting.length > 0) this.#post(this.#waiting.splice(0).join("\x1e"));
      },
    });
  }
}
