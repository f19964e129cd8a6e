import { randomBytes } from "node:crypto";

/** Bytes of one id; base64url turns 15 bytes into 20 characters without padding. */
const ID_BYTES = 15;

/** Ids that one call of the generator yields: a system call per session would dominate a handshake. */
const POOL_IDS = 64;

let pool = Buffer.alloc(0);
let used = 0;

/**
 * A fresh session id: 20 characters of [A-Za-z0-9_-], 120 bits from the system's generator, so that it cannot be guessed.
 * The length and alphabet are what load balancers that are sticky by session id look for.
 */
export function newSessionId(): string {
  if (used >= pool.length) {
    pool = randomBytes(ID_BYTES * POOL_IDS);
    used = 0;
  }
  const id = pool.toString("base64url", used, used + ID_BYTES);
  // The bytes of an id that was handed out do not stay readable in memory.
  pool.fill(0, used, used + ID_BYTES);
  used += ID_BYTES;
  return id;
}

/** True for the form of an id, one of ours or of an application's; a longer or stranger `sid` is not even looked up. */
export function isSessionId(text: string): boolean {
  return text.length <= 64 && /^[A-Za-z0-9_-]{16,}$/.test(text);
}
