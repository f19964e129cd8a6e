import { type ClientSetup, type EngineClient, type Receive, unexpected } from "./engine-client.ts";
import { WebSocketLink } from "./websocket-link.ts";

const PATH = "/socket.io/?EIO=4&transport=websocket";

/** A WebSocket from the beginning, without polling before it. */
export class StockWebSocket implements EngineClient {
  receive: Receive = () => {};
  readonly #setup: ClientSetup;
  readonly #link: WebSocketLink;

  constructor(setup: ClientSetup) {
    this.#setup = setup;
    this.#link = new WebSocketLink({ ...setup, path: PATH }, (packet) => this.#take(packet), setup.lost);
  }

  send(packet: string): void {
    this.#link.send(`4${packet}`);
  }

  /** Sends frames as they are on the wire. */
  write(frames: Buffer): void {
    this.#link.write(frames);
  }

  /** From now on what comes is only counted: a load of millions of events is more than a client could look at. */
  count(take: (bytes: number) => void): void {
    this.#link.count(take);
  }

  settle(): void {}

  reset(): void {
    this.#link.reset();
  }

  #take(packet: string): void {
    switch (packet.charAt(0)) {
      case "4":
        this.receive(packet.slice(1));
        return;
      case "0":
        this.send("0");
        return;
      case "2":
        this.#link.send("3");
        return;
      default:
        this.#setup.lost(unexpected(packet));
    }
  }
}
