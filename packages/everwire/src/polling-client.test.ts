// A Socket.IO client of the smallest kind for the tests of this package: long polling by `fetch`, packets written by hand,
// so that it shares no code with the server.

const SEPARATOR = "\u001e";
const DEADLINE = 5000;

interface Waiting {
  readonly matches: (packet: Packet) => boolean;
  readonly resolve: (packet: Packet) => void;
}

/** One Socket.IO packet of the namespace: its type digit, acknowledgement id and payload. */
export interface Packet {
  readonly type: string;
  readonly id: string;
  readonly data: unknown;
}

export type Fields = Readonly<Record<string, unknown>>;

/** The value as an object, or an error when it is none. */
export function fields(value: unknown): Fields {
  if (typeof value === "object" && value !== null) return { ...value };
  throw new Error(`not an object: ${JSON.stringify(value)}`);
}

export class PollingClient {
  readonly #url: string;
  readonly #namespace: string;
  readonly #abort = new AbortController();
  #unread: Packet[] = [];
  #waiting: Waiting[] = [];
  #nextId = 0;

  private constructor(url: string, namespace: string) {
    this.#url = url;
    this.#namespace = namespace;
  }

  /** Opens a session, connects to the namespace and gives the server's answer: type "0" or, when refused, "4". */
  static async connect(origin: string, namespace: string, auth: unknown): Promise<[PollingClient, Packet]> {
    const base = `${origin}/socket.io/?EIO=4&transport=polling`;
    const open = await (await fetch(base)).text();
    const { sid } = JSON.parse(open.slice(1));
    const client = new PollingClient(`${base}&sid=${sid}`, namespace);
    void client.#poll();
    await client.#post(`40${namespace},${JSON.stringify(auth)}`);
    return [client, await client.#packet((packet) => packet.type === "0" || packet.type === "4")];
  }

  /** Emits an event with an acknowledgement and gives its first argument, which must be an object. */
  async call(event: string, ...args: unknown[]): Promise<Fields> {
    const id = String(this.#nextId++);
    const answer = this.#packet((packet) => packet.type === "3" && packet.id === id);
    await this.#post(`42${this.#namespace},${id}${JSON.stringify([event, ...args])}`);
    const { data } = await answer;
    return fields(Array.isArray(data) ? data[0] : undefined);
  }

  /** The next event of this name, which may have arrived already; gives its first argument. */
  async event(name: string): Promise<Fields> {
    const isNamed = ({ type, data }: Packet): boolean => type === "2" && Array.isArray(data) && data[0] === name;
    const { data } = await this.#packet(isNamed);
    return fields(Array.isArray(data) ? data[1] : undefined);
  }

  /** Emits an event without an acknowledgement. */
  async emit(event: string, ...args: unknown[]): Promise<void> {
    await this.#post(`42${this.#namespace},${JSON.stringify([event, ...args])}`);
  }

  /** Leaves as a page does that is closed: with a close packet. */
  async close(): Promise<void> {
    await this.#post("1").catch(() => {});
    this.#abort.abort();
  }

  /** Leaves without a word. */
  vanish(): void {
    this.#abort.abort();
  }

  async #poll(): Promise<void> {
    try {
      for (;;) {
        const response = await fetch(this.#url, { signal: this.#abort.signal });
        if (!response.ok) return;
        for (const packet of (await response.text()).split(SEPARATOR)) this.#receive(packet);
      }
    } catch {
      // The server is gone or this client left: whoever waits for a packet runs into its deadline.
    }
  }

  #receive(text: string): void {
    if (text === "2") void this.#post("3").catch(() => {});
    const match = /^4(\d)(\/[^,]*),(\d*)(.*)$/s.exec(text);
    if (match === null || match[2] !== this.#namespace) return;
    const [, type = "", , id = "", json = ""] = match;
    const packet = { type, id, data: json === "" ? undefined : JSON.parse(json) };
    const at = this.#waiting.findIndex(({ matches }) => matches(packet));
    if (at === -1) this.#unread.push(packet);
    else for (const { resolve } of this.#waiting.splice(at, 1)) resolve(packet);
  }

  #packet(matches: (packet: Packet) => boolean): Promise<Packet> {
    const at = this.#unread.findIndex(matches);
    const [unread] = at === -1 ? [] : this.#unread.splice(at, 1);
    if (unread !== undefined) return Promise.resolve(unread);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error("no such packet came")), DEADLINE);
      const done = (packet: Packet): void => {
        clearTimeout(timer);
        resolve(packet);
      };
      this.#waiting.push({ matches, resolve: done });
    });
  }

  async #post(body: string): Promise<void> {
    const response = await fetch(this.#url, { method: "POST", body, headers: { "Content-Type": "text/plain" } });
    const text = await response.text();
    if (!response.ok) throw new Error(`${response.status} ${text}`);
  }
}
