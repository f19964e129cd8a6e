import type { Duplex } from "node:stream";
import { TLSSocket } from "node:tls";
import type { Outbox } from "../frame/outbox.ts";
import { writeAtHandle } from "./handle-write.ts";
import type { Protocol } from "./protocol.ts";

/** Who has something to write. */
export interface Writing {
  /** The end of the tick has come. What is to be written later needs another turn. */
  writeNow(): void;
}

/** All of them: one pass at the end of the tick serves them all. */
let dirty: Writing[] = [];

function flushDirty(): void {
  const all = dirty;
  dirty = [];
  let begun = 0;
  try {
    for (const writing of all) {
      begun++;
      writing.writeNow();
    }
  } finally {
    // A stream that is not ours may throw: that must not keep the other connections from writing, for ever.
    if (begun < all.length) for (const writing of all.slice(begun)) addDirty(writing);
  }
}

function addDirty(writing: Writing): void {
  if (dirty.push(writing) === 1) setImmediate(flushDirty);
}

/** Called with an error when the bytes were lost with the socket. */
export type WriteCallback = (error?: Error) => void;

const EMPTY = Buffer.alloc(0);

/** Several TLS records (RFC 8446 §5.1: 16 KiB each), so that one more for the frame's header costs little. */
const LONG = 65_536;

/** Each in a turn of its own: one that throws must not keep the others, or other connections, from theirs. */
function tell(waiting: readonly WriteCallback[] | undefined, error: Error | undefined): void {
  for (const callback of waiting ?? []) process.nextTick(callback, error);
}

/**
 * Carries an outbox to a socket, once, at the end of the tick. Whatever the tick put into it leaves in one write, after the
 * reads of that tick: under load this is worth more than everything else, as the system call is most of what a small
 * message costs.
 */
export class WriteTurn {
  #ending = false;
  /** Who wants to know when what is queued now has been taken. */
  #waiting: WriteCallback[] | undefined;

  /** This turn, which also calls back when the operating system has taken everything that is queued now. */
  telling(callback: WriteCallback): WriteTurn {
    const own = this.#own();
    if (own.#waiting === undefined) own.#waiting = [callback];
    else own.#waiting.push(callback);
    return own;
  }

  /** This turn, which also ends the socket's write side after what is in the outbox. */
  ending(): WriteTurn {
    const own = this.#own();
    own.#ending = true;
    return own;
  }

  write(socket: Duplex, machine: Protocol): void {
    const { outbox } = machine;
    if (!socket.writable) {
      outbox.clear();
      tell(this.#waiting, new Error("the connection is closed"));
      return;
    }
    // A pong waits for the 'drain' of a congested socket: that is what bounds the answers to a flood of pings.
    if (outbox.pongHeld && !outbox.congested) outbox.releasePong();
    if (outbox.bytes > 0) outbox.congested = !writeOut(socket, outbox);
    machine.rest();
    // A socket takes writes in order: an empty one is done when all before it are. It has TLS decrypt what has come, which
    // would overwrite what is being read (`shared-read.ts`): this is the end of a tick, where nothing is.
    const waiting = this.#waiting;
    if (waiting !== undefined) socket.write(EMPTY, (error) => tell(waiting, error ?? undefined));
    if (this.#ending) socket.end();
  }

  /** Writes what there is before the end of the tick, which may be in the middle of a read; the rest of the turn comes then. */
  writeEarly(socket: Duplex, { outbox }: Protocol): void {
    if (socket.writable && outbox.bytes > 0) outbox.congested = !writeOut(socket, outbox);
  }

  #own(): WriteTurn {
    return this === ONLY_WRITING ? new WriteTurn() : this;
  }
}

/** The turn of all that only write, which is most: nobody changes it, and none has to be made for each of them. */
const ONLY_WRITING = new WriteTurn();

/** Has `writeNow` called at the end of the tick. Returns what is to be done then, which is to write. */
export function writeAtEnd(writing: Writing): WriteTurn {
  addDirty(writing);
  return ONLY_WRITING;
}

/** Returns whether the socket wants more before its next 'drain'. */
function writeOut(socket: Duplex, outbox: Outbox): boolean {
  const only = outbox.takeOne();
  if (only !== undefined) return writeAtHandle(socket, only) ?? socket.write(only);
  const parts = outbox.take();
  // TLS makes one zeroed buffer of all that is written together: what is long goes by itself, and is not copied.
  const apart = socket instanceof TLSSocket && parts.some(({ length }) => length >= LONG);
  if (!apart) socket.cork();
  for (const part of parts) socket.write(part);
  if (!apart) socket.uncork();
  return !socket.writableNeedDrain;
}
