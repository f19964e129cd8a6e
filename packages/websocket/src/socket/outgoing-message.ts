import type { Connection } from "../connection/connection.ts";
import type { SendOptions as ConnectionSendOptions } from "../connection/connection-options.ts";
import { PreparedMessage } from "../frame/prepared-message.ts";

/** What `WebSocket.send` takes beside a PreparedMessage. A list of pieces is one message, a number is its decimal text. */
export type Payload = string | number | ArrayBufferView | ArrayBufferLike | readonly Uint8Array[];

/** Called when the operating system has taken the message, or with an error when it never will. */
export type SendCallback = (error?: Error) => void;

export interface SendOptions extends ConnectionSendOptions {
  /** A binary message rather than text; by default what `data` is. Bytes sent as text must be UTF-8. */
  readonly binary?: boolean | undefined;
  /** Messages are sent whole: `false` is refused. */
  readonly fin?: boolean | undefined;
  /** Without effect: a client masks, a server does not (RFC 6455 §5.1). */
  readonly mask?: boolean | undefined;
}

/** @throws TypeError for what is no payload, or for bytes sent as text that are not UTF-8. */
export function sendMessage(
  connection: Connection,
  data: Payload | PreparedMessage,
  options: SendOptions | undefined,
): void {
  if (options?.fin === false) throw new TypeError("messages are sent whole: fin cannot be false");
  if (data instanceof PreparedMessage) {
    connection.sendPrepared(data);
    return;
  }
  const payload = toPayload(data);
  if (typeof payload === "string") connection.send(options?.binary === true ? Buffer.from(payload) : payload, options);
  else if (options?.binary === false) connection.sendUtf8(payload, options);
  else connection.send(payload, options);
}

/** The payload of a ping or pong: bytes, or text as UTF-8; a callback in its place means none. */
export function controlPayload(data: Payload | SendCallback | null | undefined): Uint8Array {
  if (data === undefined || data === null || typeof data === "function") return Buffer.alloc(0);
  const payload = toPayload(data);
  return typeof payload === "string" ? Buffer.from(payload) : payload;
}

export function isCallback(value: unknown): value is SendCallback {
  return typeof value === "function";
}

/**
 * Text as it is, and every form of bytes as Uint8Array, without a copy unless they are in pieces.
 *
 * @throws TypeError for anything else: what an object is as a message, or `undefined`, its sender must say.
 */
function toPayload(data: Payload): string | Uint8Array {
  if (typeof data === "string" || data instanceof Uint8Array) return data;
  if (typeof data === "number") return String(data);
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  if (data instanceof ArrayBuffer || data instanceof SharedArrayBuffer) return new Uint8Array(data);
  if (Array.isArray(data)) return Buffer.concat(data);
  throw new TypeError("a payload is a string, an ArrayBuffer or a view of one");
}
