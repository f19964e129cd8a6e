/** A place in a topic: after the record `offset`, in the life of the topic that `epoch` names. Offset 0 is before all. */
export interface Position {
  readonly epoch: string;
  readonly offset: number;
}

const TEXT = /^([A-Za-z0-9_-]{1,64}):(0|[1-9][0-9]{0,15})$/;

/** Writes a position as `epoch:offset`, the form of every cursor on every wire. */
export function formatPosition(position: Position): string {
  return `${position.epoch}:${position.offset}`;
}

/**
 * Reads `epoch:offset`, or gives undefined. Strict: one spelling per position, so that texts can be compared. No sign,
 * no leading zero, no white space, and no offset over 2^53 − 1.
 */
export function parsePosition(text: string): Position | undefined {
  const match = TEXT.exec(text);
  if (match === null) return undefined;
  const [, epoch = "", digits = ""] = match;
  const offset = Number(digits);
  return Number.isSafeInteger(offset) ? { epoch, offset } : undefined;
}
