import type { Random } from "./wire-frame.ts";

/**
 * In which pieces bytes are written. *bytes*: each alone. *edges*: the first 160 and the last 16 alone, what lies
 * between at random. *split*: at random, seven cuts or pieces of at most 16 KiB.
 */
export type Delivery = "whole" | "bytes" | "edges" | "split";

const FIRST_ALONE = 160;
const LAST_ALONE = 16;
const LARGEST_PIECE = 16 * 1024;
const CUTS = 7;

/** The pieces of `bytes`, in order. */
export function* pieces(bytes: Buffer, delivery: Delivery, random: Random): Generator<Buffer> {
  if (delivery === "whole") {
    yield bytes;
    return;
  }
  for (let at = 0; at < bytes.length; ) {
    const size = delivery === "split" ? randomSize(bytes.length, random) : steadySize(bytes, at, delivery, random);
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

function randomSize(length: number, random: Random): number {
  const most = Math.min(LARGEST_PIECE, Math.ceil((length / CUTS) * 2));
  return 1 + Math.floor(random() * most);
}

function steadySize(bytes: Buffer, at: number, delivery: "bytes" | "edges", random: Random): number {
  const middle = bytes.length - LAST_ALONE - at;
  if (delivery === "bytes" || at < FIRST_ALONE || middle <= 0) return 1;
  return Math.min(middle, 1 + Math.floor(random() * LARGEST_PIECE));
}
