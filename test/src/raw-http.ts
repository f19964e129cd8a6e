/** A server that writes its answers itself, byte by byte where it is asked to: one request for each connection. */
import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { setImmediate } from "node:timers/promises";

export interface RawRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Headers;
  readonly body: string;
}

/** One response; whoever has it writes all of it. */
export class RawResponse {
  readonly #socket: Socket;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** Resolves when the client has gone or the response is over. */
  get closed(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#socket.closed) resolve();
      else this.#socket.once("close", resolve);
    });
  }

  head(status: string, headers: Readonly<Record<string, string>>): void {
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    this.#socket.write(`HTTP/1.1 ${status}\r\nconnection: close\r\n${lines.join("")}\r\n`);
  }

  /** The head of a body that comes in chunks. */
  stream(headers: Readonly<Record<string, string>>): void {
    this.head("200 OK", { ...headers, "transfer-encoding": "chunked" });
  }

  chunk(data: string | Uint8Array): void {
    const bytes = Buffer.from(data);
    this.#socket.write(Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from("\r\n")]));
  }

  /** Every byte is a chunk and a write of its own. */
  async bytewise(text: string): Promise<void> {
    for (const byte of Buffer.from(text)) {
      this.chunk(Uint8Array.of(byte));
      await setImmediate();
    }
  }

  /** Ends a chunked body as it should. */
  end(): void {
    this.#socket.end("0\r\n\r\n");
  }

  /** Breaks off. */
  cut(): void {
    this.#socket.destroy();
  }

  whole(status: string, headers: Readonly<Record<string, string>>, body: string | Uint8Array): void {
    const bytes = Buffer.from(body);
    this.head(status, { ...headers, "content-length": String(bytes.length) });
    this.#socket.end(bytes);
  }
}

export class RawHttpServer {
  readonly #server: Server;
  readonly #sockets: Set<Socket> = new Set();

  constructor(answer: (request: RawRequest, response: RawResponse) => void) {
    this.#server = createServer((socket) => {
      socket.setNoDelay(true);
      this.#sockets.add(socket);
      socket.on("error", () => undefined).on("close", () => this.#sockets.delete(socket));
      let received = Buffer.alloc(0);
      const read = (piece: Buffer): void => {
        received = Buffer.concat([received, piece]);
        const request = parse(received);
        if (request === undefined) return;
        // Further bytes are of no interest, but the end is noticed only while somebody reads.
        socket.off("data", read).resume();
        answer(request, new RawResponse(socket));
      };
      socket.on("data", read);
    });
  }

  /** The port, on 127.0.0.1. */
  async listen(): Promise<number> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    // A TCP server that listens has an address of this form.
    return (this.#server.address() as AddressInfo).port;
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}

/** Undefined until the request is whole. */
function parse(bytes: Buffer): RawRequest | undefined {
  const end = bytes.indexOf("\r\n\r\n");
  if (end < 0) return undefined;
  const [first = "", ...lines] = bytes.toString("latin1", 0, end).split("\r\n");
  const [method = "", target = "/"] = first.split(" ");
  const headers = new Headers(
    lines.map((line): [string, string] => [line.split(":")[0] ?? "", line.replace(/^[^:]*:\s*/, "")]),
  );
  const body = bytes.subarray(end + 4);
  if (body.length < Number(headers.get("content-length") ?? 0)) return undefined;
  return { method, url: new URL(target, `http://${headers.get("host")}`), headers, body: body.toString() };
}
