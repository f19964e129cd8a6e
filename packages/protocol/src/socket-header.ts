import { MAX_CONNECT_QUERY } from "./connect-query.ts";
import { decimalEnd, decimalValue } from "./decimal.ts";
import type { EngineRevision } from "./engine-revision.ts";
import * as failures from "./failure-rows.ts";
import type { ProtocolFailure } from "./failures.ts";
import { namespaceEnd } from "./namespace.ts";
import { PACKET_BINARY_ACK, PACKET_BINARY_EVENT, PACKET_CONNECT } from "./socket-packet.ts";

/** Everything before the JSON of a packet. */
export interface SocketHeader {
  readonly type: number;
  readonly attachments: number;
  readonly namespace: string;
  /** Revision 3 only: what stands behind the name of the namespace, without the question mark. */
  readonly query: string | undefined;
  readonly id: number | undefined;
  /** Index of the first character after the header. */
  readonly end: number;
}

export interface HeaderLimits {
  readonly maxAttachments: number;
  readonly maxNamespace: number;
}

const SLASH = 47;
const COMMA = 44;
const DASH = 45;
const QUESTION_MARK = 63;

/** docs/protocol/events.md, "Grammar": type, [count "-"], [namespace ","], [id]. Digits only, no sign, no leading zero. */
export function readSocketHeader(
  text: string,
  limits: HeaderLimits,
  revision: EngineRevision,
): SocketHeader | ProtocolFailure {
  if (text.length === 0) return failures.invalid_socket_packet;
  const type = text.charCodeAt(0) - 48;
  if (type < PACKET_CONNECT || type > PACKET_BINARY_ACK) return failures.unknown_socket_packet;
  let end = 1;

  let attachments = 0;
  if (type >= PACKET_BINARY_EVENT) {
    const dash = decimalEnd(text, end);
    attachments = decimalValue(text, end, dash);
    if (attachments < 1 || text.charCodeAt(dash) !== DASH) return failures.invalid_attachment_count;
    if (attachments > limits.maxAttachments) return failures.too_many_attachments;
    end = dash + 1;
  }

  let namespace = "/";
  let query: string | undefined;
  if (text.charCodeAt(end) === SLASH) {
    const nameEnd = namespaceEnd(text, end, limits.maxNamespace, revision);
    const comma = text.charCodeAt(nameEnd) === QUESTION_MARK ? queryEnd(text, nameEnd + 1) : nameEnd;
    if (comma === -1) return failures.invalid_namespace;
    namespace = text.slice(end, nameEnd);
    if (comma > nameEnd) query = text.slice(nameEnd + 1, comma);
    end = text.charCodeAt(comma) === COMMA ? comma + 1 : comma;
  }

  const payload = decimalEnd(text, end);
  if (payload === end) return { type, attachments, namespace, query, id: undefined, end };
  const id = decimalValue(text, end, payload);
  return id === -1 ? failures.invalid_ack_id : { type, attachments, namespace, query, id, end: payload };
}

/** Index of the comma or of the end of the text after the query that begins at `start`, or -1 when it is too long. */
function queryEnd(text: string, start: number): number {
  const comma = text.indexOf(",", start);
  const end = comma === -1 ? text.length : comma;
  return end - start > MAX_CONNECT_QUERY ? -1 : end;
}
