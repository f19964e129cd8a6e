import { readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { connect as connectTls, createSecureContext, type SecureContext } from "node:tls";
import type { Compression, Target } from "./job.ts";

const HOST = "127.0.0.1";

/** All sockets read into this one buffer: callbacks are synchronous, and an allocation for each read costs more than counting. */
const inbox = Buffer.allocUnsafeSlow(256 * 1024);

/** Every client sends the same key: it is the server's work to hash it, and answers need no check beyond the first. */
const KEY = "dGhlIHNhbXBsZSBub25jZQ==";
/** RFC 6455 §1.3: the answer to that key. */
const ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

const OFFERS: Readonly<Record<Compression, string>> = {
  none: "",
  fresh: "permessage-deflate; server_no_context_takeover; client_no_context_takeover",
  takeover: "permessage-deflate",
};

/** The server does not do what the row is about. */
export class NotSupported extends Error {}

/** Looks at the first `count` bytes of `bytes`, which are overwritten by the next read. */
export type Receiver = (count: number, bytes: Buffer) => void;

/** How to reach the server in one row. */
export interface Endpoint {
  readonly target: Target;
  readonly path: string;
  readonly compression: Compression;
}

/** A WebSocket client that knows no more than the handshake: frames come prebuilt and what arrives is counted. */
export class Client {
  onBytes: Receiver = () => {};
  readonly #socket: Socket;

  private constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** Resolves when the server has answered 101. `lost` is called when the connection ends later, unless it was reset. */
  static open(endpoint: Endpoint, lost: (reason: string) => void): Promise<Client> {
    return new Promise((resolve, reject) => {
      let text = "";
      let fail: (reason: string) => void = (reason) => reject(new Error(`handshake: ${reason}`));
      const socket = dial(endpoint.target, (count) => {
        client.onBytes(count, inbox);
        return true;
      });
      const client = new Client(socket);
      client.onBytes = (count, bytes) => {
        text += bytes.toString("latin1", 0, count);
        if (!text.includes("\r\n\r\n")) return;
        const fault = faultOf(text, endpoint.compression);
        if (fault !== undefined) return reject(fault);
        client.onBytes = () => {};
        fail = lost;
        resolve(client);
      };
      socket.setNoDelay(true);
      socket.on("error", (error) => fail(error.message));
      socket.on("close", () => fail("the server closed the connection"));
      socket.write(requestText(endpoint));
    });
  }

  write(bytes: Buffer): void {
    this.#socket.write(bytes);
  }

  /** Ends with a reset: an orderly close would keep the port in TIME_WAIT, and there are only 28 000. */
  reset(): void {
    this.#socket.removeAllListeners("close");
    this.#socket.resetAndDestroy();
  }
}

let secureContext: SecureContext | undefined;

function dial({ port, certificate }: Target, callback: (count: number) => boolean): Socket {
  const onread = { buffer: inbox, callback };
  if (certificate === undefined) return connect({ host: HOST, port, onread });
  // One suite for every peer: else Go would choose a cheaper cipher than OpenSSL does.
  secureContext ??= createSecureContext({
    ca: readFileSync(certificate),
    ciphers: "TLS_AES_128_GCM_SHA256",
    minVersion: "TLSv1.3",
  });
  // `onread` is documented for TLS as well, but not declared: a variable may hold more than is asked for.
  const options = { host: HOST, port, secureContext, onread };
  return connectTls(options);
}

function requestText({ target, path, compression }: Endpoint): string {
  const offer = OFFERS[compression];
  return (
    `GET ${path} HTTP/1.1\r\nHost: ${HOST}:${target.port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
    `Sec-WebSocket-Key: ${KEY}\r\nSec-WebSocket-Version: 13\r\n` +
    `${offer === "" ? "" : `Sec-WebSocket-Extensions: ${offer}\r\n`}\r\n`
  );
}

function faultOf(response: string, compression: Compression): Error | undefined {
  if (!response.startsWith("HTTP/1.1 101 ")) return new Error(`handshake: ${response.split("\r\n", 1)[0]}`);
  if (!response.includes(ACCEPT)) return new Error("handshake: wrong Sec-WebSocket-Accept");
  if (!response.endsWith("\r\n\r\n")) return new Error("handshake: frames before any was asked for");
  const agreed = /^sec-websocket-extensions: *(.*)\r$/im.exec(response)?.[1] ?? "";
  if (compression === "none")
    return agreed === "" ? undefined : new Error(`handshake: extension ${agreed} not offered`);
  if (!agreed.startsWith("permessage-deflate")) return new NotSupported("the server has no permessage-deflate");
  const wanted = compression === "fresh" ? "server_no_context_takeover" : "";
  if (!agreed.includes(wanted)) return new NotSupported("the server insists on context takeover");
  if (compression === "takeover" && agreed.includes("no_context_takeover")) {
    return new NotSupported("the server has no context takeover");
  }
  return undefined;
}
