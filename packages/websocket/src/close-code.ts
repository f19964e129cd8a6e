/** The longest reason a close frame can carry: 125 bytes of payload less two of code. */
export const MAX_CLOSE_REASON_BYTES = 123;

/**
 * Whether `code` may stand in a close frame, sent or received.
 *
 * RFC 6455 §7.4.1: 1004 is reserved; 1005, 1006 and 1015 are for local reports and MUST NOT be put in a frame.
 * RFC 6455 §7.4.2: below 1000 nothing is used, 1000–2999 belongs to the protocol and only registered codes exist,
 * 3000–3999 to libraries (registered), 4000–4999 to applications.
 */
export function isWireCloseCode(code: number): boolean {
  if (code >= 3000) return code <= 4999;
  if (code < 1000 || code > 1014) return false;
  return code !== 1004 && code !== 1005 && code !== 1006;
}
