import { dayKey } from "./date-text.ts";
import type { Message } from "./message.ts";
import type { Outgoing } from "./outgoing.ts";

export interface MessageRow {
  readonly kind: "message";
  readonly key: string;
  readonly id: string;
  readonly offset: number | undefined;
  readonly state: "sending" | "sent" | "failed";
  readonly reason: string | undefined;
  readonly author: string;
  readonly name: string;
  readonly text: string;
  readonly time: number;
  readonly own: boolean;
  /** True when it shows its author; the others of a group follow without. */
  readonly opens: boolean;
}
/** What stands in the message list, top to bottom. A key stays with its row, so that a row is never rebuilt. */
export type Row =
  | MessageRow
  | { readonly kind: "day"; readonly key: string; readonly time: number }
  | { readonly kind: "unread"; readonly key: string };

export interface RowSource {
  readonly messages: readonly Message[];
  readonly outgoing: readonly Outgoing[];
  /** Our own publisher id, once it is known. */
  readonly publisher: string | undefined;
  readonly name: string;
  /** Messages above this offset are new since the person last looked. */
  readonly readUpTo: number | undefined;
}

/** Messages of one author stand together while no more than this lies between two of them. */
const GROUP_GAP = 5 * 60_000;

type Draft = Omit<MessageRow, "opens">;

/** Lays out a room: day separators, the divider before what is new, messages grouped by author, ours unconfirmed last. */
export function buildRows(source: RowSource): Row[] {
  const rows: Row[] = [];
  let previous: Draft | undefined;
  let divided = source.readUpTo === undefined;
  const days = new Set<string>();
  for (const draft of drafts(source)) {
    const day = dayKey(draft.time);
    const newDay = previous === undefined || dayKey(previous.time) !== day;
    // A server's clock that goes back can bring a day twice; its first separator keeps the plain key.
    if (newDay)
      rows.push({ kind: "day", key: days.has(day) ? `day ${day} ${draft.key}` : `day ${day}`, time: draft.time });
    days.add(day);
    const isNew = !divided && !draft.own && (draft.offset ?? 0) > (source.readUpTo ?? 0);
    if (isNew) {
      rows.push({ kind: "unread", key: "unread" });
      divided = true;
    }
    rows.push({ ...draft, opens: newDay || isNew || previous === undefined || !continues(previous, draft) });
    previous = draft;
  }
  return rows;
}

function continues(previous: Draft, next: Draft): boolean {
  const gap = next.time - previous.time;
  return previous.author === next.author && previous.name === next.name && Math.abs(gap) <= GROUP_GAP;
}

/** The rows of messages: the confirmed in log order, then the unconfirmed unless the log already has them. */
function drafts(source: RowSource): Draft[] {
  const waiting = new Set(source.outgoing.map((entry) => entry.id));
  const arrived = new Set<string>();
  const result: Draft[] = [];
  for (const message of source.messages) {
    const own = message.publisher === source.publisher || (source.publisher === undefined && waiting.has(message.id));
    if (own) arrived.add(message.id);
    result.push(fromMessage(message, own));
  }
  for (const entry of source.outgoing) {
    if (!arrived.has(entry.id)) result.push(fromOutgoing(entry, source.name));
  }
  return result;
}

/** Others choose their own message ids, so only ours may be a key without its publisher. */
function fromMessage(message: Message, own: boolean): Draft {
  const { id, offset, name, text, time, publisher } = message;
  const key = own ? id : `${publisher} ${id}`;
  const author = own ? "self" : publisher;
  return { kind: "message", key, id, offset, state: "sent", reason: undefined, author, name, text, time, own };
}

function fromOutgoing(entry: Outgoing, name: string): Draft {
  const { id, state, reason, text, time } = entry;
  return {
    kind: "message",
    key: id,
    id,
    offset: undefined,
    state,
    reason,
    author: "self",
    name,
    text,
    time,
    own: true,
  };
}
