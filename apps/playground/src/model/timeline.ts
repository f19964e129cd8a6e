import type { Message } from "./message.ts";

/**
 * Joins two runs of messages, each ascending by offset. Every offset appears once; where both have it, `incoming` wins,
 * so that what the log says replaces what the page assumed.
 */
export function mergeMessages(held: readonly Message[], incoming: readonly Message[]): readonly Message[] {
  if (incoming.length === 0) return held;
  if (follows(held, incoming)) return [...held, ...incoming];
  if (follows(incoming, held)) return [...incoming, ...held];
  const merged: Message[] = [];
  let left = 0;
  let right = 0;
  for (;;) {
    const old = held[left];
    const fresh = incoming[right];
    if (fresh === undefined) return [...merged, ...held.slice(left)];
    if (old === undefined) return [...merged, ...incoming.slice(right)];
    if (old.offset < fresh.offset) {
      merged.push(old);
      left += 1;
    } else {
      merged.push(fresh);
      right += 1;
      if (old.offset === fresh.offset) left += 1;
    }
  }
}

/** True when every offset of `later` is above every offset of `earlier`. */
function follows(earlier: readonly Message[], later: readonly Message[]): boolean {
  const last = earlier.at(-1);
  const first = later[0];
  return last === undefined || first === undefined || last.offset < first.offset;
}

/** The newest `kept` messages once there are more than `limit`; the same array otherwise. */
export function keepNewest(messages: readonly Message[], limit: number, kept: number): readonly Message[] {
  return messages.length > limit ? messages.slice(-kept) : messages;
}

/** How many messages by others lie above `offset`. */
export function countAfter(messages: readonly Message[], offset: number, own: string | undefined): number {
  let count = 0;
  for (let index = messages.length - 1; index >= 0; index -= 1) {
    const message = messages[index];
    if (message === undefined || message.offset <= offset) break;
    if (message.publisher !== own) count += 1;
  }
  return count;
}
