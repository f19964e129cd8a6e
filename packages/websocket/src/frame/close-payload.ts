import { isWireCloseCode, MAX_CLOSE_REASON_BYTES } from "./close-code.ts";

/** RFC 6455 §5.5.1: the payload of a close frame. @throws RangeError when the code or the reason must not be sent. */
export function closePayload(code: number | undefined, reason: string): Buffer {
  if (code === undefined) {
    if (reason !== "") throw new RangeError("a close reason needs a code");
    return Buffer.alloc(0);
  }
  if (!Number.isInteger(code) || !isWireCloseCode(code)) throw new RangeError(`${code} cannot be sent as a close code`);
  const text = Buffer.from(reason);
  if (text.length > MAX_CLOSE_REASON_BYTES) throw new RangeError("a close reason has at most 123 bytes");
  const payload = Buffer.alloc(2 + text.length);
  payload.writeUInt16BE(code);
  text.copy(payload, 2);
  return payload;
}
