import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { Connection } from "../connection/connection.ts";
import { HandshakeFailure } from "../failures.ts";
import { type AcceptOptions, acceptHandshake, refuseUpgrade } from "./accept.ts";
import { type HandshakeRequest, readHandshakeRequest } from "./handshake-request.ts";

/** How a request for a WebSocket is refused. */
export interface UpgradeRefusal {
  readonly status: number;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A request for a WebSocket and the ways to answer it, whichever HTTP it came by. Exactly one answer is given. */
export interface Upgrade {
  readonly request: IncomingMessage;
  /** What becomes the WebSocket's stream. */
  readonly stream: Duplex;
  /** Whether it can be accepted at all. Writes nothing. */
  check(): HandshakeFailure | undefined;
  /** On a failure the refusal has been written. @throws TypeError for headers that are none. */
  accept(options: AcceptOptions): Connection | HandshakeFailure;
  /** @throws TypeError for headers that are none. */
  refuse(refusal: UpgradeRefusal): void;
}

/** A failure of the table as the answer to give. */
export function refusalOf(failure: HandshakeFailure): UpgradeRefusal {
  return { status: failure.status, body: failure.meaning, headers: failure.headers };
}

/** RFC 6455 §4.2: an HTTP/1.1 request with `Upgrade: websocket`. */
export class HttpUpgrade implements Upgrade {
  readonly request: IncomingMessage;
  readonly stream: Duplex;
  readonly #head: Buffer;
  /** What `check` has read. */
  #handshake: HandshakeRequest | HandshakeFailure | undefined;

  constructor(request: IncomingMessage, socket: Duplex, head: Buffer) {
    this.request = request;
    this.stream = socket;
    this.#head = head;
  }

  check(): HandshakeFailure | undefined {
    this.#handshake = readHandshakeRequest(this.request);
    return this.#handshake instanceof HandshakeFailure ? this.#handshake : undefined;
  }

  accept(options: AcceptOptions): Connection | HandshakeFailure {
    const handshake = this.#handshake ?? readHandshakeRequest(this.request);
    return acceptHandshake(handshake, this.request, this.stream, this.#head, options);
  }

  refuse({ status, body, headers }: UpgradeRefusal): void {
    refuseUpgrade(this.stream, status, body, headers);
  }
}
