import { Client, type Endpoint } from "./client.ts";

/** Handshakes under way while connections are opened for a load. */
const IN_FLIGHT = 64;

/** The connections of one run. None may be lost: that ends the run. */
export class ClientGroup {
  readonly clients: Client[] = [];
  /** Never resolves; rejects when the server ends a connection. */
  readonly lost: Promise<never>;
  readonly #endpoint: Endpoint;
  #lose: (reason: string) => void = () => {};

  constructor(endpoint: Endpoint) {
    this.#endpoint = endpoint;
    this.lost = new Promise((_, reject) => {
      this.#lose = (reason) => reject(new Error(`connection lost: ${reason}`));
    });
    this.lost.catch(() => {});
  }

  /** Opens `count` more. */
  async open(count: number, inFlight: number = IN_FLIGHT): Promise<void> {
    let left = count;
    const openOnes = async () => {
      while (left > 0) {
        left--;
        this.clients.push(await Client.open(this.#endpoint, this.#lose));
      }
    };
    await Promise.all(Array.from({ length: Math.min(inFlight, count) }, openOnes));
  }

  /** Ends all of them. */
  reset(): void {
    for (const client of this.clients.splice(0)) client.reset();
  }
}
