import { BrokerError } from "@everwire/broker";

// A value of another type than the schema's is damage, not a programming error: the file comes from a disk.

/** An integer column. Throws `store_corrupt`. */
export function integerOf(row: unknown, column: string): number {
  const value = cell(row, column);
  if (typeof value !== "number") throw damaged(column);
  return value;
}

/** A text column. Throws `store_corrupt`. */
export function textOf(row: unknown, column: string): string {
  const value = cell(row, column);
  if (typeof value !== "string") throw damaged(column);
  return value;
}

/** A blob column. Throws `store_corrupt`. */
export function blobOf(row: unknown, column: string): Uint8Array<ArrayBuffer> {
  const value = cell(row, column);
  if (!(value instanceof ArrayBuffer)) throw damaged(column);
  return new Uint8Array(value);
}

function cell(row: unknown, column: string): unknown {
  if (typeof row !== "object" || row === null) return undefined;
  const value: unknown = Reflect.get(row, column);
  return value;
}

function damaged(column: string): BrokerError {
  return new BrokerError("store_corrupt", { detail: `the column ${column} holds a value of another type` });
}
