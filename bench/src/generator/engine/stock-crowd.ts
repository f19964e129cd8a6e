import type { Job, Measurement } from "../job.ts";
import { measureWindow } from "../meter.ts";
import { Crowd } from "./crowd.ts";
import { StockWebSocket } from "./stock-websocket.ts";

/** Clients of Socket.IO over WebSocket, in the main namespace, whose packets are looked at until they are counted. */
export class StockCrowd {
  readonly clients: readonly StockWebSocket[];
  readonly #crowd: Crowd;

  private constructor(crowd: Crowd) {
    this.#crowd = crowd;
    this.clients = crowd.clients.filter((client) => client instanceof StockWebSocket);
  }

  static async open({ target }: Job, count: number): Promise<StockCrowd> {
    const crowd = new Crowd(target, { session: "stock", transport: "websocket", headers: "browser" });
    await crowd.open(count);
    return new StockCrowd(crowd);
  }

  get first(): StockWebSocket {
    const [client] = this.clients;
    if (client === undefined) throw new Error("nobody is there");
    return client;
  }

  /** What is awaited of the server, or the reason why it cannot come any more. */
  unlessLost<T>(awaited: Promise<T>): Promise<T> {
    return Promise.race([awaited, this.#crowd.lost]);
  }

  measure(job: Job, operations: () => number): Promise<Measurement> {
    const { tally } = this.#crowd;
    return this.unlessLost(
      measureWindow(job, () => ({ operations: operations(), receivedBytes: tally.receivedBytes })),
    );
  }
}
