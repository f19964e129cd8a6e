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

/** What a close code tells the side that hears it. */
export interface CloseCodeDescription {
  /** Its name in IANA's registry, in snake case; `library`, `application` or `unknown` for the others. */
  readonly name: string;
  /** Whether this is how connections end when nothing went wrong. */
  readonly expected: boolean;
  /** Whether the same client may succeed when it dials again, after a pause. */
  readonly reconnect: boolean;
}

function row(
  code: number,
  name: string,
  expected: boolean,
  reconnect: boolean,
): readonly [number, CloseCodeDescription] {
  return [code, Object.freeze({ name, expected, reconnect })];
}

/** IANA's WebSocket Close Code Number Registry. */
const DESCRIPTIONS: ReadonlyMap<number, CloseCodeDescription> = new Map([
  row(1000, "normal_closure", true, false),
  row(1001, "going_away", true, true),
  row(1002, "protocol_error", false, false),
  row(1003, "unsupported_data", false, false),
  row(1005, "no_status_received", true, true),
  row(1006, "abnormal_closure", false, true),
  row(1007, "invalid_payload", false, false),
  row(1008, "policy_violation", false, false),
  row(1009, "message_too_big", false, false),
  row(1010, "extension_required", false, false),
  row(1011, "internal_error", false, true),
  row(1012, "service_restart", true, true),
  row(1013, "try_again_later", false, true),
  row(1014, "bad_gateway", false, true),
  row(1015, "tls_handshake_failed", false, false),
  row(3000, "unauthorized", false, false),
  row(3003, "forbidden", false, false),
  row(3008, "timeout", false, true),
]);

// What these mean only their application knows: they are not taken for an error, nor for a reason to stay away.
const LIBRARY: CloseCodeDescription = Object.freeze({ name: "library", expected: true, reconnect: true });
const APPLICATION: CloseCodeDescription = Object.freeze({ name: "application", expected: true, reconnect: true });
const UNKNOWN: CloseCodeDescription = Object.freeze({ name: "unknown", expected: false, reconnect: true });

/** Names a close code and says what to do about it. */
export function describeCloseCode(code: number): CloseCodeDescription {
  const known = DESCRIPTIONS.get(code);
  if (known !== undefined) return known;
  if (code >= 4000 && code <= 4999) return APPLICATION;
  return code >= 3000 && code <= 3999 ? LIBRARY : UNKNOWN;
}
