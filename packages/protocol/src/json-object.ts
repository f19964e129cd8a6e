export type JsonObject = Readonly<Record<string, unknown>>;

/** True for what `{…}` in JSON becomes: not null, not an array, not bytes. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !isBinary(value);
}

/** What travels as an attachment: an ArrayBuffer or any view on one. */
export function isBinary(value: object): value is ArrayBuffer | ArrayBufferView {
  return ArrayBuffer.isView(value) || value instanceof ArrayBuffer;
}
