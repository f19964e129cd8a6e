import { randomFillSync } from "node:crypto";

const pool = Buffer.alloc(4096);
let used = pool.length;

/**
 * A fresh masking key, as an int32 whose lowest byte is the first byte of the key.
 *
 * RFC 6455 §5.3 and §10.3: it MUST be unpredictable, from a strong source of entropy. A call of the source costs far
 * more than four bytes, so they are drawn by the page; each is used once.
 */
export function nextMask(): number {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const mask = pool.readInt32LE(used);
  used += 4;
  return mask;
}
