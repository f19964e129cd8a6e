import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { Connection } from "../connection/connection.ts";
import { type ConnectionOptions, resolveConnectionOptions } from "../connection/connection-options.ts";
import { deadlines } from "../connection/deadline-wheel.ts";
import { agreeToOffer, type DeflateAgreement } from "../deflate/deflate-offer.ts";
import { HandshakeFailure, handshakeFailure } from "../failures.ts";
import { type HandshakeRequest, readHandshakeRequest } from "./handshake-request.ts";
import { acceptLines, joinLines, refusalResponse } from "./handshake-response.ts";

/** How long a refused peer may take to read the refusal and close. */
const REFUSAL_TIMEOUT = 2_000;

export interface AcceptOptions extends ConnectionOptions {
  /**
   * Chooses one of the offered subprotocols, or none. Called only when some were offered. A throw, or a choice that was
   * not offered, is answered with 500.
   */
  readonly protocols?: (offered: readonly string[], request: IncomingMessage) => string | undefined;
  /** More headers for the 101 answer. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Sees the lines of the answer, the status line first, and may add some. */
  readonly onHeaders?: (lines: string[], request: IncomingMessage) => void;
}

/** Looks whether a request can be upgraded at all: method, version, headers, key. Writes nothing. */
export function checkUpgrade(request: IncomingMessage): HandshakeFailure | undefined {
  const handshake = readHandshakeRequest(request);
  return handshake instanceof HandshakeFailure ? handshake : undefined;
}

/**
 * Upgrades a request, with the arguments of an HTTP server's `upgrade` event. The connection reads nothing until it is
 * started and keeps no reference to the request. On a failure the refusal has been written and the socket is being
 * closed.
 */
export function acceptUpgrade(
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  options?: AcceptOptions,
): Connection | HandshakeFailure {
  return acceptHandshake(readHandshakeRequest(request), request, socket, head, options);
}

/** The same for a request that has been read already. */
export function acceptHandshake(
  handshake: HandshakeRequest | HandshakeFailure,
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  options: AcceptOptions | undefined,
): Connection | HandshakeFailure {
  if (handshake instanceof HandshakeFailure) return refuse(socket, handshake);
  const agreed = agree(handshake, request, options);
  if (agreed instanceof HandshakeFailure) return refuse(socket, agreed);
  const response = joinLines(agreed.lines);
  // The listeners of the connection come first: the write may fail.
  const { protocol, deflate } = agreed;
  const connection = new Connection(socket, { role: "server", head, protocol, options, deflate });
  socket.write(response);
  return connection;
}

/**
 * Answers an upgrade with an error, discards what the peer sends, and closes the socket within 2 s.
 *
 * @throws TypeError when a header could break out of its line.
 */
export function refuseUpgrade(
  socket: Duplex,
  status: number,
  body = "",
  headers: Readonly<Record<string, string>> = {},
): void {
  const response = refusalResponse(status, body, headers);
  // A peer that resets the connection meanwhile must not end the process.
  socket.on("error", destroySocket);
  const deadline = deadlines.set(REFUSAL_TIMEOUT, () => socket.destroy());
  socket.once("close", () => deadline.cancel());
  socket.resume();
  socket.end(response);
}

function refuse(socket: Duplex, failure: HandshakeFailure): HandshakeFailure {
  refuseUpgrade(socket, failure.status, failure.meaning, failure.headers);
  return failure;
}

/** What both sides agree on, and the lines that say so. */
export interface Agreement {
  readonly protocol: string;
  readonly deflate: DeflateAgreement | undefined;
  readonly lines: readonly string[];
}

/** Answers what a request offers, whatever HTTP it came by. @throws TypeError for headers that are none. */
export function agree(
  handshake: HandshakeRequest,
  request: IncomingMessage,
  options: AcceptOptions | undefined,
): Agreement | HandshakeFailure {
  const protocol = chooseProtocol(handshake, request, options?.protocols);
  if (protocol instanceof HandshakeFailure) return protocol;
  const { perMessageDeflate } = resolveConnectionOptions(options);
  const deflate = perMessageDeflate && agreeToOffer(handshake.extensions, perMessageDeflate);
  const lines = acceptLines(handshake.key, protocol, options?.headers, deflate?.header);
  options?.onHeaders?.(lines, request);
  return { protocol: protocol ?? "", deflate, lines };
}

function chooseProtocol(
  handshake: HandshakeRequest,
  request: IncomingMessage,
  choose: AcceptOptions["protocols"],
): string | undefined | HandshakeFailure {
  if (choose === undefined || handshake.protocols.length === 0) return undefined;
  try {
    const chosen = choose(handshake.protocols, request);
    // RFC 6455 §4.2.2 item 5.5: the value MUST be one of those the client sent.
    if (chosen === undefined || handshake.protocols.includes(chosen)) return chosen;
  } catch {
    // The answer is the same as to a choice that was not offered.
  }
  return handshakeFailure("protocol_choice_failed");
}

function destroySocket(this: Duplex): void {
  this.destroy();
}
