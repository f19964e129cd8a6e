import type { EngineRevision } from "./engine-revision.ts";
import { MAX_EVENT_NAME } from "./event-name.ts";
import * as failures from "./failure-rows.ts";
import { ProtocolFailure } from "./failures.ts";
import { MAX_DEPTH } from "./json-depth.ts";
import { MAX_NAMESPACE } from "./namespace.ts";
import { fillSlots, findSlots, type Slot } from "./placeholder.ts";
import { readRevision3Connect } from "./revision-3-connect.ts";
import { type HeaderLimits, readSocketHeader } from "./socket-header.ts";
import { MAX_ATTACHMENTS, type SocketPacket } from "./socket-packet.ts";
import {
  type ConnectReader,
  type PayloadLimits,
  readConnect,
  readSocketPacket,
  type SocketRole,
} from "./socket-payload.ts";

/** What one peer may make this side hold. A packet beyond a limit is a failure, never cut. */
export interface DecoderLimits extends HeaderLimits, PayloadLimits {
  /** Attachments of one packet, default 10. */
  readonly maxAttachments: number;
  /** Bytes of all attachments of one packet together, default 4 000 000. */
  readonly maxAttachmentBytes: number;
  /** Milliseconds from a packet's header to its last attachment, default 10 000. */
  readonly attachmentTimeout: number;
  /** Nested arrays and objects, the outermost included, default 256. */
  readonly maxDepth: number;
  /** Characters of a namespace, default 256. */
  readonly maxNamespace: number;
  /** Characters of an event name, default 256. */
  readonly maxEventName: number;
}

export const DEFAULT_DECODER_LIMITS: DecoderLimits = Object.freeze({
  maxAttachments: MAX_ATTACHMENTS,
  maxAttachmentBytes: 4_000_000,
  attachmentTimeout: 10_000,
  maxDepth: MAX_DEPTH,
  maxNamespace: MAX_NAMESPACE,
  maxEventName: MAX_EVENT_NAME,
});

/** In the form in which they reach the application: a Uint8Array, an ArrayBuffer. */
type Bytes = ArrayBuffer | ArrayBufferView;

/** A binary packet whose attachments have not all arrived. */
interface PendingPacket {
  readonly packet: SocketPacket;
  readonly slots: readonly Slot[];
  readonly attachments: Bytes[];
  readonly deadline: number;
  bytes: number;
}

/** What each object of limits comes to: the decoders of a server are given the same one, and there is one per session. */
const resolved = new WeakMap<Partial<DecoderLimits>, DecoderLimits>();

function resolve(limits: Partial<DecoderLimits>): DecoderLimits {
  const known = resolved.get(limits);
  if (known !== undefined) return known;
  const complete: DecoderLimits = { ...DEFAULT_DECODER_LIMITS, ...limits };
  // One that may still be changed is read anew each time.
  if (Object.isFrozen(limits)) resolved.set(limits, complete);
  return complete;
}

/**
 * Turns the messages of one session, in order, into packets of revision 4. It waits for text, or for the attachments of one packet,
 * or it has failed: then it holds nothing and answers every call with that failure, and its owner closes the session.
 */
export class SocketPacketReader {
  readonly #role: SocketRole;
  readonly #limits: DecoderLimits;
  readonly #revision: EngineRevision;
  readonly #readConnect: ConnectReader;
  #state: PendingPacket | ProtocolFailure | undefined;

  /** The role is the side that decodes: a "server" refuses what only a server may send. */
  constructor(
    role: SocketRole,
    limits: Partial<DecoderLimits> = {},
    revision: EngineRevision = 4,
    connect: ConnectReader = readConnect,
  ) {
    this.#role = role;
    this.#revision = revision;
    this.#readConnect = connect;
    this.#limits = resolve(limits);
  }

  /** The moment by which the pending packet must be complete. The owner closes the session when it passes. */
  get deadline(): number | undefined {
    return this.#state instanceof ProtocolFailure ? undefined : this.#state?.deadline;
  }

  /** Takes a text message; undefined when the packet waits for attachments. `now` is a monotonic time in ms. */
  text(text: string, now: number): SocketPacket | ProtocolFailure | undefined {
    if (this.#state instanceof ProtocolFailure) return this.#state;
    // docs/protocol/events.md, "Attachments": nothing comes between a header and its last attachment.
    if (this.#state !== undefined) return this.#fail(failures.unexpected_text);
    const header = readSocketHeader(text, this.#limits, this.#revision);
    if (header instanceof ProtocolFailure) return this.#fail(header);
    const packet = readSocketPacket(header, text.slice(header.end), this.#role, this.#limits, this.#readConnect);
    if (packet instanceof ProtocolFailure) return this.#fail(packet);
    return header.attachments === 0 ? packet : this.#await(packet, header.attachments, now);
  }

  /** Takes a binary message, which is the next attachment; the bytes go to the application as they are, not copied. */
  binary(bytes: Bytes, now: number): SocketPacket | ProtocolFailure | undefined {
    const pending = this.#state;
    if (pending instanceof ProtocolFailure) return pending;
    if (pending === undefined) return this.#fail(failures.unexpected_binary);
    if (now > pending.deadline) return this.#fail(failures.attachments_timed_out);
    pending.bytes += bytes.byteLength;
    if (pending.bytes > this.#limits.maxAttachmentBytes) return this.#fail(failures.attachments_too_large);
    pending.attachments.push(bytes);
    if (pending.attachments.length < pending.slots.length) return undefined;
    this.#state = undefined;
    fillSlots(pending.slots, pending.attachments);
    return pending.packet;
  }

  /** Placeholders are matched now: a packet that could never be completed is not waited for. */
  #await(packet: SocketPacket, count: number, now: number): ProtocolFailure | undefined {
    const slots = "args" in packet ? findSlots(packet.args, count) : failures.invalid_placeholder;
    if (slots instanceof ProtocolFailure) return this.#fail(slots);
    const deadline = now + this.#limits.attachmentTimeout;
    this.#state = { packet, slots, attachments: [], deadline, bytes: 0 };
    return undefined;
  }

  #fail(failure: ProtocolFailure): ProtocolFailure {
    this.#state = failure;
    return failure;
  }
}

/** The same for a server, whose clients may be of revision 3 too. */
export class SocketPacketDecoder extends SocketPacketReader {
  /** The revision is the client's; revision 3 is for the role "server" only. */
  constructor(role: SocketRole, limits: Partial<DecoderLimits> = {}, revision: EngineRevision = 4) {
    super(role, limits, revision, revision === 3 ? readRevision3Connect : readConnect);
  }
}
