/** A message as `on("message")` hands it out: bytes, for text too. Their form is `binaryType`. */
export type RawData = Buffer | ArrayBuffer | Buffer[];

/** `fragments` gives a list of one: messages come whole. */
export type BinaryType = "nodebuffer" | "arraybuffer" | "fragments";

export function isBinaryType(value: unknown): value is BinaryType {
  return value === "nodebuffer" || value === "arraybuffer" || value === "fragments";
}

export function formOf(data: Buffer, type: BinaryType): RawData {
  if (type === "nodebuffer") return data;
  return type === "fragments" ? [data] : exactBuffer(data);
}

/** An ArrayBuffer of just these bytes: a view's own may hold more, of others. */
function exactBuffer(data: Buffer): ArrayBuffer {
  const { buffer, byteLength } = data;
  if (buffer instanceof ArrayBuffer && byteLength === buffer.byteLength) return buffer;
  const exact = new ArrayBuffer(byteLength);
  new Uint8Array(exact).set(data);
  return exact;
}
