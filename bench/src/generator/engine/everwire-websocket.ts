import { type ClientSetup, type EngineClient, type Receive, unexpected } from "./engine-client.ts";
import { ReceivedCount } from "./received-count.ts";
import { WebSocketLink } from "./websocket-link.ts";

const PATH = "/socket.io/?EIO=4&everwire=1&transport=websocket";

/** docs/protocol/session.md: numbered messages over a WebSocket. */
export class EverwireWebSocket implements EngineClient {
  receive: Receive = () => {};
  readonly #setup: ClientSetup;
  readonly #link: WebSocketLink;
  readonly #received: ReceivedCount = new ReceivedCount(() => this.#acknowledge());

  constructor(setup: ClientSetup) {
    this.#setup = setup;
    this.#link = new WebSocketLink({ ...setup, path: PATH }, (packet) => this.#take(packet), setup.lost);
  }

  send(packet: string): void {
    this.#link.send(`4${packet}`);
  }

  settle(): void {
    this.#received.stop();
    this.#acknowledge();
  }

  reset(): void {
    this.#received.stop();
    this.#link.reset();
  }

  #take(packet: string): void {
    switch (packet.charAt(0)) {
      case "4":
        this.#received.take();
        this.receive(packet.slice(1));
        return;
      case "8":
        this.#received.expect(Number(packet.slice(1)));
        return;
      case "0":
        this.#link.send("81");
        this.send("0");
        return;
      case "2":
        this.#link.send("3");
        return;
      case "6":
      case "7":
        return;
      default:
        this.#setup.lost(unexpected(packet));
    }
  }

  #acknowledge(): void {
    if (this.#received.owed) this.#link.send(`7${this.#received.tell()}`);
  }
}
