import { denial } from "../call/denial.ts";

/**
 * Refuses a client's data that is not what JSON would make of it, with `invalid_data`. Parsers of the application may know
 * more than JSON (dates, maps, big integers), but a record is kept as JSON: who reads it later would not see what the
 * subscribers of now are sent. Its depth has been bounded by the decoder.
 */
export function assertJson(data: unknown): void {
  if (!isJson(data)) throw denial("invalid_data");
}

function isJson(value: unknown): boolean {
  if (typeof value === "number") return Number.isFinite(value);
  if (typeof value !== "object") return typeof value === "string" || typeof value === "boolean";
  if (value === null) return true;
  if (Array.isArray(value)) return value.every(isJson);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return false;
  // JSON leaves a field out that is undefined, and for its readers there is no difference.
  return Object.values(value).every((field) => field === undefined || isJson(field));
}
