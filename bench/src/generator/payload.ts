import { BINARY, TEXT } from "./frame.ts";
import type { Payload } from "./job.ts";

const WORDS =
  "the of and server client message room later when order after before without again never always open close reads " +
  "writes takes gives small large first last window queue stream topic offset epoch lost found kept sent quiet loud";

/** Numbers below `limit` that look random and are the same on every run. */
function numbers(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % limit;
  };
}

export function opcodeOf(payload: Payload): number {
  return payload.kind === "text" ? TEXT : BINARY;
}

/** ASCII words, or bytes of any value. */
export function payloadBytes({ kind, bytes }: Payload): Buffer {
  const next = numbers(0x2545f491);
  if (kind === "text") return Buffer.from(words(next, bytes));
  const data = Buffer.allocUnsafe(bytes);
  for (let index = 0; index < bytes; index++) data[index] = next(256);
  return data;
}

/** Messages of a chat, each `bytes` long: the same keys every time, values that differ. */
export function jsonMessages(count: number, bytes: number): Buffer[] {
  const next = numbers(0x9e3779b9);
  return Array.from({ length: count }, (_, index) => {
    const id = () => next(0x7fffffff).toString(36);
    const message = {
      type: "message",
      id: id(),
      offset: 100_000 + index,
      room: `room-${next(40)}`,
      from: { id: id(), name: words(next, 12).trim(), online: next(2) === 1 },
      reactions: Array.from({ length: 6 }, () => ({
        by: id(),
        kind: next(2) === 1 ? "like" : "thanks",
        at: next(9e8),
      })),
      text: "",
    };
    message.text = words(next, bytes - JSON.stringify(message).length);
    return Buffer.from(JSON.stringify(message));
  });
}

function words(next: (limit: number) => number, length: number): string {
  const list = WORDS.split(" ");
  let text = "";
  while (text.length < length) text += `${list[next(list.length)] ?? ""} `;
  return text.slice(0, length);
}
