/** Runs in the page: our client, and the page's end of the talk. Node reaches it as `globalThis.talk`. */
import { type ClientOptions, io, type Socket, type TransportName } from "@everwire/client";
import { type Account, Voice } from "./voice.ts";

export interface PageReport {
  /** How many messages it has heard. */
  readonly heard: number;
  readonly connected: boolean;
  /** The transport in use and why. */
  readonly state: readonly (string | undefined)[];
  /** Each transport the session has had, with the reason. */
  readonly moves: readonly string[];
  /** Each `disconnect`: the reason and its code. */
  readonly losses: readonly string[];
  readonly connections: number;
}

export class PageTalk {
  readonly #voice: Voice = new Voice("up");
  readonly #moves: string[] = [];
  readonly #losses: string[] = [];
  #connections = 0;
  #socket: Socket | undefined;

  /** `url` of the server; undefined: that of the page. */
  connect(url: string | undefined, id: string, options: ClientOptions): void {
    const socket = io(url, { ...options, query: { talk: id } });
    this.#socket = socket;
    this.#voice.hear(socket);
    socket.on("connect", () => {
      this.#connections += 1;
    });
    socket.on("disconnect", (reason, { code }) => this.#losses.push(`${reason}: ${code}`));
    socket.io.on("transport", (name, reason) => this.#moves.push(`${name} ${reason}`));
  }

  get account(): Account {
    return this.#voice.account;
  }

  get report(): PageReport {
    const { connected = false, io: manager } = this.#socket ?? {};
    return {
      heard: this.#voice.account.heard.length,
      connected,
      state: [manager?.transport, manager?.transportReason],
      moves: this.#moves,
      losses: this.#losses,
      connections: this.#connections,
    };
  }

  /** Whether the page has heard so many, is connected, or uses this transport for this reason, within the time. */
  reaches({ heard = 0, state }: { heard?: number; state?: string }, withinMs: number): Promise<boolean> {
    const deadline = performance.now() + withinMs;
    return new Promise((resolve) => {
      const timer = setInterval(() => {
        const { report } = this;
        const reached =
          report.connected && report.heard >= heard && (state ?? report.state.join(" ")) === report.state.join(" ");
        if (!reached && performance.now() < deadline) return;
        clearInterval(timer);
        resolve(reached);
      }, 20);
    });
  }

  /** Says a message every so many ms, whether connected or not. */
  speak(everyMs: number): void {
    this.#voice.speak(() => this.#socket, everyMs);
  }

  stop(): void {
    this.#voice.stop();
  }

  switchTo(names: readonly TransportName[]): void {
    this.#socket?.io.switchTransport(names);
  }

  leave(): void {
    this.stop();
    this.#socket?.disconnect();
  }
}

declare global {
  var talk: PageTalk;
}
globalThis.talk = new PageTalk();
