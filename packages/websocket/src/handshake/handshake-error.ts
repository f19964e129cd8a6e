import type { IncomingHttpHeaders } from "node:http";

export type HandshakeErrorCode =
  | "invalid_url"
  | "connection_failed"
  | "connect_timed_out"
  | "given_up"
  | "too_many_redirects"
  | "unexpected_status"
  | "http_version_unsupported"
  | "upgrade_header_invalid"
  | "connection_header_invalid"
  | "accept_invalid"
  | "protocol_not_requested"
  | "extension_not_requested"
  | "extension_invalid";

/** What the server answered, as far as it did. */
export interface HandshakeAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** The first KiB of the body, as UTF-8; it comes from the peer and may hold anything. */
  readonly body: string;
}

const MEANINGS: Readonly<Record<HandshakeErrorCode, string>> = {
  invalid_url: "the URL is not a WebSocket URL",
  connection_failed: "the connection could not be made",
  connect_timed_out: "the handshake was not completed in time",
  given_up: "the WebSocket was closed before it was open",
  too_many_redirects: "the server redirects more often than is followed",
  unexpected_status: "the server did not upgrade the connection",
  http_version_unsupported: "the server's answer is not of HTTP/1.1",
  upgrade_header_invalid: "the server's Upgrade header is not websocket",
  connection_header_invalid: "the server's Connection header does not name Upgrade",
  accept_invalid: "the server's Sec-WebSocket-Accept does not answer our key",
  protocol_not_requested: "the server chose a subprotocol that was not offered",
  extension_not_requested: "the server chose an extension that was not offered",
  extension_invalid: "the server's answer to permessage-deflate does not fit the offer",
};

/** A dial that did not become a connection. */
export class HandshakeError extends Error {
  override readonly name = "HandshakeError";
  readonly code: HandshakeErrorCode;
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders | undefined;
  readonly body: string | undefined;

  constructor(code: HandshakeErrorCode, answer?: HandshakeAnswer, cause?: unknown) {
    super(describe(code, answer), cause === undefined ? undefined : { cause });
    this.code = code;
    this.status = answer?.status;
    this.headers = answer?.headers;
    this.body = answer?.body;
  }
}

function describe(code: HandshakeErrorCode, answer: HandshakeAnswer | undefined): string {
  return answer === undefined ? MEANINGS[code] : `${MEANINGS[code]} (status ${answer.status})`;
}
