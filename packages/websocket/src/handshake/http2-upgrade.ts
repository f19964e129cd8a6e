import { IncomingMessage } from "node:http";
import type { Http2SecureServer, Http2Server, IncomingHttpHeaders, ServerHttp2Stream } from "node:http2";
import { Socket } from "node:net";
import { Connection } from "../connection/connection.ts";
import { deadlines } from "../connection/deadline-wheel.ts";
import { HandshakeFailure } from "../failures.ts";
import { type AcceptOptions, agree } from "./accept.ts";
import { readTunnelRequest } from "./handshake-request.ts";
import { splitLine } from "./handshake-response.ts";
import { refusalOf, type Upgrade, type UpgradeRefusal } from "./upgrade.ts";

/** How long a refused peer may take to end its side of the stream. */
const REFUSAL_TIMEOUT = 2_000;

/** RFC 9113 §8.2.2: fields that speak of an HTTP/1 connection MUST NOT be in an HTTP/2 message. */
const CONNECTION_FIELDS: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "transfer-encoding",
  "upgrade",
  "sec-websocket-accept",
]);

/** Whether a stream asks for a WebSocket (RFC 8441 §4), well or badly. */
export function isTunnelRequest(headers: IncomingHttpHeaders): boolean {
  return headers[":method"] === "CONNECT" && headers[":protocol"] === "websocket";
}

/** RFC 8441 §3: clients may ask only after the server has said so. Sessions that are open already are not told. */
export function enableTunnels(server: Http2Server | Http2SecureServer): void {
  server.updateSettings({ enableConnectProtocol: true });
}

/** RFC 8441 §5: an HTTP/2 stream opened by CONNECT with `:protocol` websocket. */
export class Http2Upgrade implements Upgrade {
  readonly request: IncomingMessage;
  readonly stream: ServerHttp2Stream;
  readonly #headers: IncomingHttpHeaders;

  constructor(stream: ServerHttp2Stream, headers: IncomingHttpHeaders) {
    this.stream = stream;
    this.#headers = headers;
    this.request = asRequest(stream, headers);
  }

  check(): HandshakeFailure | undefined {
    const handshake = readTunnelRequest(this.#headers);
    return handshake instanceof HandshakeFailure ? handshake : undefined;
  }

  accept(options: AcceptOptions): Connection | HandshakeFailure {
    const handshake = readTunnelRequest(this.#headers);
    const agreed = handshake instanceof HandshakeFailure ? handshake : agree(handshake, this.request, options);
    if (agreed instanceof HandshakeFailure) {
      this.refuse(refusalOf(agreed));
      return agreed;
    }
    const fields = fieldsOf(agreed.lines.slice(1));
    const { protocol, deflate } = agreed;
    const head = Buffer.alloc(0);
    const connection = new Connection(this.stream, { role: "server", head, protocol, options, deflate });
    // RFC 8441 §5: the answer is 200, as there is nothing to switch.
    this.stream.respond({ ":status": 200, ...fields });
    return connection;
  }

  refuse({ status, body = "", headers = {} }: UpgradeRefusal): void {
    const { stream } = this;
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
    const fields = fieldsOf(["Content-Type: text/plain; charset=utf-8", "X-Content-Type-Options: nosniff", ...lines]);
    stream.on("error", () => stream.destroy());
    if (stream.destroyed || stream.closed) return;
    const deadline = deadlines.set(REFUSAL_TIMEOUT, () => stream.destroy());
    stream.once("close", () => deadline.cancel());
    stream.respond({ ":status": status, ...fields });
    stream.resume();
    stream.end(body);
  }
}

/** Header lines as HTTP/2 has them: names in lower case, without those that only HTTP/1 knows. */
function fieldsOf(lines: readonly string[]): Record<string, string | string[]> {
  const fields: Record<string, string | string[]> = Object.create(null);
  for (const line of lines) {
    const [given, value] = splitLine(line);
    const name = given.toLowerCase();
    if (CONNECTION_FIELDS.has(name)) continue;
    const before = fields[name];
    fields[name] = before === undefined ? value : [before, value].flat();
  }
  return fields;
}

/** The request in the form that all HTTP servers of Node hand out, so that an application has one kind only. */
function asRequest(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): IncomingMessage {
  const socket = stream.session?.socket;
  const request = new IncomingMessage(socket instanceof Socket ? socket : new Socket());
  request.httpVersion = "2.0";
  request.httpVersionMajor = 2;
  request.httpVersionMinor = 0;
  // RFC 8441 §5: what was GET with Upgrade is CONNECT here; to an application it is the same request.
  request.method = "GET";
  request.url = headers[":path"] ?? "/";
  for (const [name, value] of Object.entries(headers)) {
    if (!name.startsWith(":")) request.headers[name] = value;
  }
  request.headers.host ??= headers[":authority"];
  request.complete = true;
  return request;
}
