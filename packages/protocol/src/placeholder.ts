import * as failures from "./failure-rows.ts";
import type { ProtocolFailure } from "./failures.ts";
import { isJsonObject } from "./json-object.ts";

/** Where one attachment belongs in a decoded payload. */
export interface Slot {
  readonly holder: object;
  readonly key: string | number;
}

/** What stands in the JSON for attachment `num` (docs/protocol/events.md, "Attachments"). */
export interface Placeholder {
  readonly _placeholder: true;
  readonly num: number;
}

/** True for anything that a receiver of a binary packet would take for a placeholder. */
export function claimsPlaceholder(value: object): boolean {
  return Object.hasOwn(value, "_placeholder") && "_placeholder" in value && value._placeholder === true;
}

/**
 * Finds the slot of every attachment before the first one arrives. Each number from 0 to `count - 1` must stand in
 * exactly one placeholder. The payload has passed the depth limit, which bounds the recursion.
 */
export function findSlots(args: readonly unknown[], count: number): readonly Slot[] | ProtocolFailure {
  const slots = new Map<number, Slot>();
  if (!visit(args, count, slots) || slots.size !== count) return failures.invalid_placeholder;
  return Array.from(slots)
    .sort(([a], [b]) => a - b)
    .map(([, slot]) => slot);
}

function visit(holder: object, count: number, slots: Map<number, Slot>): boolean {
  for (const [key, value] of Array.isArray(holder) ? holder.entries() : Object.entries(holder)) {
    if (typeof value !== "object" || value === null) continue;
    if (!claimsPlaceholder(value)) {
      if (!visit(value, count, slots)) return false;
      continue;
    }
    const num = numberOf(value);
    if (num === undefined || num >= count || slots.has(num)) return false;
    slots.set(num, { holder, key });
  }
  return true;
}

/** A placeholder has these two fields and no other: with more it is data that cannot be told from one. */
function numberOf(value: object): number | undefined {
  if (!isJsonObject(value) || Object.keys(value).length !== 2) return undefined;
  const { num } = value;
  return typeof num === "number" && Number.isSafeInteger(num) && num >= 0 ? num : undefined;
}

/** Defines own properties, so that a key such as `__proto__` is written like any other and no setter is called. */
export function fillSlots(slots: readonly Slot[], attachments: readonly (ArrayBuffer | ArrayBufferView)[]): void {
  for (const [index, { holder, key }] of slots.entries()) {
    Object.defineProperty(holder, key, {
      value: attachments[index],
      writable: true,
      enumerable: true,
      configurable: true,
    });
  }
}
