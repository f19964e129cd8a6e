/** The text that is being handed out. */
let current: Uint8Array | undefined;

/** Hands a text out, as UTF-8 that has been found valid. */
export function handOutText(text: Buffer, handler: { utf8?(text: Buffer): void }): void {
  current = text;
  handler.utf8?.(text);
  current = undefined;
}

/**
 * Whether these are the bytes of the text that is being handed out now: who answers with them, or passes them on to a
 * thousand others, does not have them looked through again.
 */
export function isReceivedText(bytes: Uint8Array): boolean {
  return bytes === current;
}
