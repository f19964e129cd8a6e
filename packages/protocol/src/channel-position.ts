import { isMessageId } from "./channel-name.ts";
import { decimalEnd, decimalValue } from "./decimal.ts";

/** A place in a channel: everything up to and including `offset` lies before it. Offsets of two epochs do not compare. */
export interface ChannelPosition {
  readonly epoch: string;
  readonly offset: number;
}

/** Written as `epoch:offset`, the one cursor of every way to read a channel. */
export function formatChannelPosition(position: ChannelPosition): string {
  return `${position.epoch}:${position.offset}`;
}

/** Undefined unless the epoch is 1 to 64 id characters and the offset a safe integer without sign or leading zero. */
export function parseChannelPosition(text: string): ChannelPosition | undefined {
  const colon = text.indexOf(":");
  const epoch = text.slice(0, Math.max(colon, 0));
  const start = colon + 1;
  const end = decimalEnd(text, start);
  const offset = decimalValue(text, start, end);
  return isMessageId(epoch) && end === text.length && offset !== -1 ? { epoch, offset } : undefined;
}
