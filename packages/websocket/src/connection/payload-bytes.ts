/** @throws TypeError for what is not bytes: a number, say, is not a payload. */
export function payloadBytes(data: unknown): Uint8Array {
  if (data instanceof Uint8Array) return data;
  throw new TypeError("a payload is a string or a Uint8Array");
}
