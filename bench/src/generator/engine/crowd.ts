import type { Target } from "../job.ts";
import { BrowserRequest } from "./browser-request.ts";
import type { ClientSetup, EngineClient } from "./engine-client.ts";
import { EverwireHttp } from "./everwire-http.ts";
import { EverwireWebSocket } from "./everwire-websocket.ts";
import { StockPolling } from "./stock-polling.ts";
import { StockWebSocket } from "./stock-websocket.ts";
import { Tally } from "./tally.ts";
import type { TransportForm } from "./transport-form.ts";

/** Clients being opened at a time. */
const IN_FLIGHT = 64;
const DEADLINE = 10_000;

/** The clients of one run, in their namespace. None may be lost: that ends the run. */
export class Crowd {
  readonly clients: EngineClient[] = [];
  readonly tally: Tally = new Tally();
  /** Never resolves; rejects when a client cannot go on. */
  readonly lost: Promise<never>;
  readonly #setup: ClientSetup;
  readonly #form: TransportForm;

  constructor({ port }: Target, form: TransportForm) {
    let lose: (error: Error) => void = () => {};
    this.lost = new Promise((_, reject) => {
      lose = reject;
    });
    this.lost.catch(() => {});
    const { transport } = form;
    const request = new BrowserRequest(port, form);
    this.#form = form;
    this.#setup = { port, transport, request, tally: this.tally, lost: (error) => lose(error) };
  }

  /** Opens `count` more, until each is in the main namespace. `settled`: they fall silent then. */
  async open(count: number, { inFlight = IN_FLIGHT, settled = false } = {}): Promise<void> {
    let left = count;
    const openOnes = async () => {
      while (left > 0) {
        left--;
        const client = await this.#openOne();
        if (settled) client.settle();
      }
    };
    await Promise.race([Promise.all(Array.from({ length: Math.min(inFlight, count) }, openOnes)), this.lost]);
  }

  /** Ends all of them. */
  reset(): void {
    for (const client of this.clients.splice(0)) client.reset();
  }

  async #openOne(): Promise<EngineClient> {
    const client = makeClient(this.#form, this.#setup);
    this.clients.push(client);
    const packet = await nextPacket(client);
    if (!packet.startsWith('0{"sid":')) throw new Error(`not the answer to CONNECT: ${packet}`);
    return client;
  }
}

/** The next packet of the main namespace that comes for the client. */
export function nextPacket(client: EngineClient): Promise<string> {
  return new Promise((resolve, reject) => {
    const deadline = setTimeout(() => reject(new Error("no packet within 10 s")), DEADLINE);
    client.receive = (packet) => {
      clearTimeout(deadline);
      client.receive = () => {};
      resolve(packet);
    };
  });
}

function makeClient({ session, transport }: TransportForm, setup: ClientSetup): EngineClient {
  if (session === "stock") return transport === "websocket" ? new StockWebSocket(setup) : new StockPolling(setup);
  return transport === "websocket" ? new EverwireWebSocket(setup) : new EverwireHttp(setup);
}
