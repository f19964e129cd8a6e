import * as failures from "./failure-rows.ts";
import type { ProtocolFailure } from "./failures.ts";
import { isBinary, type JsonObject } from "./json-object.ts";
import { claimsPlaceholder, type Placeholder } from "./placeholder.ts";

/** What a look at a value says about the way to write it: at once, through a copy, or not at all. */
export type JsonShape = "plain" | "special" | "too_deep";

/**
 * Looks for what JSON.stringify must not be given as it is: bytes, objects with their own idea of JSON (which may hold
 * bytes), depth. A cycle is endless depth. Calls no code of the application but getters. `depth` is that of the value.
 */
export function shapeOf(value: unknown, depth: number, maxDepth: number): JsonShape {
  if (typeof value !== "object" || value === null) return "plain";
  if (depth > maxDepth) return "too_deep";
  if (Array.isArray(value)) return hasToJson(value) ? "special" : shapeOfItems(value, depth + 1, maxDepth);
  if (isBinary(value)) return "special";
  // JSON.stringify writes a date by itself, and its toJSON never returns bytes.
  if (value instanceof Date) return "plain";
  return hasToJson(value) ? "special" : shapeOfFields(value, depth + 1, maxDepth);
}

function shapeOfItems(items: readonly unknown[], depth: number, maxDepth: number): JsonShape {
  for (let index = 0; index < items.length; index++) {
    const shape = shapeOf(items[index], depth, maxDepth);
    if (shape !== "plain") return shape;
  }
  return "plain";
}

/** `for in` needs no array of keys, but visits inherited fields, which JSON.stringify does not write. */
function shapeOfFields(value: object, depth: number, maxDepth: number): JsonShape {
  // Any object can be read by string keys when nothing is claimed about what is found there.
  const fields = value as JsonObject;
  for (const key in fields) {
    if (!Object.hasOwn(fields, key)) continue;
    const shape = shapeOf(fields[key], depth, maxDepth);
    if (shape !== "plain") return shape;
  }
  return "plain";
}

interface SelfWriting {
  toJSON(key: string): unknown;
}

function hasToJson(value: object): value is SelfWriting {
  return "toJSON" in value && typeof value.toJSON === "function";
}

/**
 * Copies a value as JSON.stringify would see it, with a placeholder for each run of bytes. Bytes are referenced, not
 * copied: they belong to the packet until it has been sent.
 */
export class AttachmentExtractor {
  readonly attachments: Uint8Array[] = [];
  /** The first thing that makes the copy useless. */
  failure: ProtocolFailure | undefined;
  readonly #maxDepth: number;
  #sawPlaceholder = false;

  constructor(maxDepth: number) {
    this.#maxDepth = maxDepth;
  }

  copy(value: unknown): unknown {
    const copy = this.#copy(value, "", 1);
    // docs/protocol/events.md, "Attachments": data of that shape is legal only where no receiver looks for it.
    if (this.#sawPlaceholder && this.attachments.length > 0) this.failure ??= failures.invalid_placeholder;
    return copy;
  }

  #copy(original: unknown, key: string, depth: number): unknown {
    if (typeof original !== "object" || original === null || this.failure !== undefined) return original;
    if (depth > this.#maxDepth) {
      this.failure = failures.too_deep;
      return undefined;
    }
    // Bytes first: the toJSON of a Node Buffer would turn them into an array of numbers.
    if (isBinary(original)) return this.#extract(original);
    const value: unknown = hasToJson(original) ? original.toJSON(key) : original;
    if (typeof value !== "object" || value === null) return value;
    return isBinary(value) ? this.#extract(value) : this.#copyObject(value, depth);
  }

  #copyObject(value: object, depth: number): unknown {
    if (value instanceof String || value instanceof Number || value instanceof Boolean) return value.valueOf();
    if (Array.isArray(value)) return Array.from(value, (item, index) => this.#copy(item, String(index), depth + 1));
    if (claimsPlaceholder(value)) this.#sawPlaceholder = true;
    // Without a prototype the key `__proto__` is a key like any other.
    const copy: Record<string, unknown> = Object.create(null);
    for (const [key, field] of Object.entries(value)) {
      // JSON leaves functions out; a copied toJSON would run a second time.
      if (typeof field !== "function") copy[key] = this.#copy(field, key, depth + 1);
    }
    return copy;
  }

  #extract(value: ArrayBuffer | ArrayBufferView): Placeholder {
    return { _placeholder: true, num: this.attachments.push(bytesOf(value)) - 1 };
  }
}

function bytesOf(value: ArrayBuffer | ArrayBufferView): Uint8Array {
  if (value instanceof Uint8Array) return value;
  return value instanceof ArrayBuffer
    ? new Uint8Array(value)
    : new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
}
