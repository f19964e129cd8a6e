import type { EnginePacket } from "@everwire/protocol";

/** Bytes sent and not yet acknowledged; what is beyond waits in the engine's queue, which has its own bound. */
const WINDOW = 256 * 1024;
/** An acknowledgement is due after so many messages or bytes; a timer of the owner sees to the rest. */
const ACK_MESSAGES = 32;
const ACK_BYTES = 32 * 1024;

/**
 * The numbers of one Everwire session, both ways, without any idea of what carries them (docs/protocol/session.md).
 *
 * Messages are numbered 1, 2, 3, … per direction. What was sent is kept until the server has acknowledged it, so that any
 * stream can begin with it again; what arrives is taken once and in order, whichever streams bring it.
 */
export class NumberedLink {
  #kept: EnginePacket[] = [];
  #keptBytes = 0;
  /** The server has everything up to this number. */
  #acknowledged = 0;
  #received = 0;
  #owedMessages = 0;
  #owedBytes = 0;

  /** The first message that the server may not have: where a stream begins. */
  get first(): number {
    return this.#acknowledged + 1;
  }

  /** The last message sent. */
  get last(): number {
    return this.#acknowledged + this.#kept.length;
  }

  /** Whether the window takes another message. One that is larger than the window goes through an empty one. */
  get room(): boolean {
    return this.#keptBytes < WINDOW;
  }

  /** Bytes that the server may not have. */
  get unacknowledgedBytes(): number {
    return this.#keptBytes;
  }

  /** The last message that has arrived. */
  get received(): number {
    return this.#received;
  }

  /** An acknowledgement would tell the server something. */
  get ackWanted(): boolean {
    return this.#owedMessages > 0;
  }

  /** An acknowledgement should go now. */
  get ackDue(): boolean {
    return this.#owedMessages >= ACK_MESSAGES || this.#owedBytes >= ACK_BYTES;
  }

  /** Gives the message its number. Its bytes may be sent again long after the application has reused them. */
  keep({ type, data }: EnginePacket): void {
    // Not `slice`: that of a Node Buffer shares the memory.
    this.#kept.push({ type, data: typeof data === "string" ? data : new Uint8Array(data) });
    this.#keptBytes += data.length;
  }

  /** The messages from this number on; `number` is from `first` to `last + 1`. */
  from(number: number): readonly EnginePacket[] {
    return this.#kept.slice(number - this.first);
  }

  /** The server has everything up to `number`. False: it cannot have what was never sent. An old number says nothing. */
  acknowledge(number: number): boolean {
    if (number > this.last) return false;
    const count = number - this.#acknowledged;
    if (count <= 0) return true;
    for (const { data } of this.#kept.splice(0, count)) this.#keptBytes -= data.length;
    this.#acknowledged = number;
    return true;
  }

  /** A message of this number has arrived: `new` is for the application. A gap cannot be, and ends the session. */
  take(number: number, size: number): "new" | "known" | "gap" {
    if (number <= this.#received) return "known";
    if (number > this.#received + 1) return "gap";
    this.#received = number;
    this.#owedMessages += 1;
    this.#owedBytes += size;
    return "new";
  }

  /** What to acknowledge, now that it is being sent. */
  takeAck(): number {
    this.#owedMessages = 0;
    this.#owedBytes = 0;
    return this.#received;
  }

  /** The acknowledgement may not have arrived: it is wanted again. */
  ackFailed(): void {
    if (this.#received > 0) this.#owedMessages = Math.max(1, this.#owedMessages);
  }
}
