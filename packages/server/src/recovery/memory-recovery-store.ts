import { randomBytes } from "node:crypto";
import type { SetDeadline } from "../event/acknowledgements.ts";
import type { ParkedSocket, RecoveryStore, SentEvent } from "./recovery-store.ts";
import { Trail } from "./trail.ts";

/** What a store in memory may hold. */
export interface RecoveryLimits {
  /** Milliseconds for which a socket is kept. */
  readonly maxDisconnectionDuration: number;
  /** Milliseconds for which an event is kept. */
  readonly maxEventAge: number;
  readonly maxEvents: number;
  readonly maxBytes: number;
  readonly maxSockets: number;
}

interface Kept {
  readonly offset: number;
  readonly event: SentEvent;
  readonly time: number;
  readonly bytes: number;
}

interface Parked {
  readonly socket: ParkedSocket;
  readonly until: number;
  readonly released: () => void;
}

/** What an event costs beside its text, measured and rounded up; each room may have nobody else's events. */
const RECORD_BYTES = 400;
const ROOM_BYTES = 300;

/** Keeps events and sockets in this process, and loses them with it. */
export class MemoryRecoveryStore implements RecoveryStore {
  readonly epoch: string = randomBytes(9).toString("base64url");
  readonly #limits: RecoveryLimits;
  readonly #setDeadline: SetDeadline;
  readonly #now: () => number;
  readonly #events = new Trail<Kept>();
  /** The same events by namespace and room, so that a client that comes back costs what it missed. */
  readonly #index = new Map<string, Trail<Kept>>();
  /** By namespace and pid, in the order in which they will be over. */
  readonly #parked = new Map<string, Parked>();
  #head = 0;
  #bytes = 0;
  /** The newest event that is not kept any more. */
  #dropped: Kept | undefined;
  #sweeping = false;

  constructor(limits: RecoveryLimits, setDeadline: SetDeadline, now: () => number = () => performance.now()) {
    this.#limits = limits;
    this.#setDeadline = setDeadline;
    this.#now = now;
  }

  get head(): number {
    return this.#head;
  }

  append(event: SentEvent): void {
    this.#head += 1;
    const bytes = costOf(event);
    const kept: Kept = { offset: this.#head, event, time: this.#now(), bytes };
    this.#events.push(kept);
    this.#bytes += bytes;
    for (const key of keysOf(event)) {
      const trail = this.#index.get(key);
      if (trail === undefined) this.#index.set(key, new Trail(kept));
      else trail.push(kept);
    }
    this.#trim();
  }

  park(socket: ParkedSocket, released: () => void): void {
    const until = this.#now() + this.#limits.maxDisconnectionDuration;
    this.#parked.set(keyOf(socket.namespace, socket.pid), { socket, until, released });
    const [oldest] = this.#parked.keys();
    if (this.#parked.size > this.#limits.maxSockets && oldest !== undefined) this.#release(oldest);
    this.#sweepLater();
  }

  claim(namespace: string, pid: string): ParkedSocket | undefined {
    const key = keyOf(namespace, pid);
    const parked = this.#parked.get(key);
    this.#release(key);
    return parked === undefined || parked.until < this.#now() ? undefined : parked.socket;
  }

  missed(socket: ParkedSocket, after: number): readonly SentEvent[] | undefined {
    const { namespace, rooms, history, unconfirmedSince } = socket;
    const dropped = this.#dropped;
    if (dropped !== undefined && dropped.offset > after && dropped.time >= unconfirmedSince) return undefined;
    if (!history.reaches(after, unconfirmedSince)) return undefined;
    const found = new Map<number, Kept>();
    const keys = [everybody(namespace)];
    for (const room of history.since(after, rooms)) keys.push(roomKey(namespace, room));
    for (const key of keys) {
      for (const kept of this.#index.get(key)?.after(after) ?? []) {
        // Names are free text, and two of them could make the same key.
        if (kept.event.namespace === namespace) found.set(kept.offset, kept);
      }
    }
    const ordered = [...found.values()].sort((one, other) => one.offset - other.offset);
    return history.filter(ordered, rooms);
  }

  #trim(): void {
    const { maxEvents, maxBytes, maxEventAge } = this.#limits;
    const old = this.#now() - maxEventAge;
    for (let first = this.#events.first; first !== undefined; first = this.#events.first) {
      if (this.#events.size <= maxEvents && this.#bytes <= maxBytes && first.time >= old) return;
      this.#drop(first);
    }
  }

  #drop(kept: Kept): void {
    this.#dropped = kept;
    this.#bytes -= kept.bytes;
    this.#events.shift();
    for (const key of keysOf(kept.event)) {
      const trail = this.#index.get(key);
      trail?.shift();
      if (trail?.size === 0) this.#index.delete(key);
    }
  }

  #release(key: string): void {
    const parked = this.#parked.get(key);
    this.#parked.delete(key);
    parked?.released();
  }

  /** One deadline for all that is kept, as long as something is. */
  #sweepLater(): void {
    const [oldest] = this.#parked.values();
    const until =
      oldest?.until ?? (this.#events.first === undefined ? undefined : this.#now() + this.#limits.maxEventAge);
    if (this.#sweeping || until === undefined) return;
    this.#sweeping = true;
    this.#setDeadline(Math.max(1, until - this.#now()), () => {
      this.#sweeping = false;
      const now = this.#now();
      for (const [key, parked] of this.#parked) {
        if (parked.until > now) break;
        this.#release(key);
      }
      this.#trim();
      this.#sweepLater();
    });
  }
}

function costOf({ text, attachments, rooms, except }: SentEvent): number {
  let bytes = RECORD_BYTES + (text?.length ?? 0) + ROOM_BYTES * ((rooms?.length ?? 0) + except.length);
  for (const attachment of attachments) bytes += attachment.byteLength;
  return bytes;
}

/** Neither a namespace nor a pid that is looked up holds a line break, and the name of a room comes last. */
function keyOf(namespace: string, pid: string): string {
  return `${namespace}\n${pid}`;
}

function roomKey(namespace: string, room: string): string {
  return `${namespace}\n=${room}`;
}

function everybody(namespace: string): string {
  return `${namespace}\n*`;
}

/** Where an event is found. A room that is named twice counts once. */
function keysOf({ namespace, rooms }: SentEvent): readonly string[] {
  if (rooms === undefined) return [everybody(namespace)];
  const [first, ...others] = rooms;
  if (first === undefined) return [];
  return others.length === 0
    ? [roomKey(namespace, first)]
    : [...new Set(rooms)].map((room) => roomKey(namespace, room));
}
