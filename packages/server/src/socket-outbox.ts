import type { OutgoingPacket, SendOptions } from "@everwire/transport";
import { type PendingAck, PendingAcks } from "./acknowledgements.ts";
import type { Audience } from "./audience.ts";
import { ServerError } from "./failures.ts";
import { call, type Listener, ListenerMap } from "./listener-map.ts";
import { type EmitCall, encodeOutgoing } from "./outgoing.ts";
import type { Runtime } from "./runtime.ts";

/** How one emit is to be sent. */
export interface EmitFlags extends SendOptions {
  /** Drop instead of queue when 64 KiB or more wait. */
  readonly volatile: boolean;
  /** How long to wait for the acknowledgement, in milliseconds; the callback then gets the error first. */
  readonly timeout: number | undefined;
}

export const PLAIN: EmitFlags = { volatile: false, coalesce: undefined, timeout: undefined };
export const VOLATILE: EmitFlags = { ...PLAIN, volatile: true };

const LONGEST_KEY = 256;

/** Refuses what cannot be a timeout; returns the flags with it. */
export function withTimeout<Flags extends EmitFlags>(flags: Flags, milliseconds: number): Flags {
  // 2 ** 31: longer than this a timer of the platform fires at once.
  if (!(milliseconds > 0 && milliseconds < 2 ** 31)) throw new ServerError("invalid_timeout", String(milliseconds));
  return { ...flags, timeout: milliseconds };
}

/** Refuses what cannot be a key; returns the flags with it. */
export function withKey<Flags extends EmitFlags>(flags: Flags, namespace: string, key: string): Flags {
  if (typeof key !== "string" || key.length === 0 || key.length > LONGEST_KEY) throw new ServerError("key_invalid");
  // Namespaces share the session and its queue, and must not replace each other's packets.
  return { ...flags, coalesce: `${namespace},${key}` };
}

/** Where packets go: the session. */
export interface PacketSink {
  /** Queues a packet; false when it was dropped. */
  send(packet: OutgoingPacket, options?: SendOptions): boolean;
}

/**
 * The outgoing half of a socket: packets to its session, and the acknowledgements it owes.
 *
 * Open from the moment the CONNECT reply is sent until the socket is disconnected; what is emitted outside of that is
 * dropped, and the caller sees `false`.
 */
export class SocketOutbox {
  readonly id: string;
  readonly audience: Audience;
  readonly runtime: Runtime;
  readonly acks: PendingAcks;
  /** Catch-all listeners for what is sent. */
  readonly outgoing: ListenerMap = new ListenerMap();
  readonly #session: PacketSink;
  #open = false;

  constructor(id: string, audience: Audience, session: PacketSink, runtime: Runtime) {
    this.id = id;
    this.audience = audience;
    this.runtime = runtime;
    this.acks = new PendingAcks(runtime.options.maxPendingAcks, runtime.setDeadline);
    this.#session = session;
  }

  open(): void {
    this.#open = true;
  }

  /** Drops what is emitted from now on and ends every wait. */
  close(): void {
    this.#open = false;
    this.acks.failAll(new ServerError("ack_disconnected"));
  }

  /** Queues a packet; false when it was dropped. */
  send(packet: OutgoingPacket, options: SendOptions = PLAIN, args?: readonly unknown[]): boolean {
    if (!this.#open) return false;
    if (args !== undefined) this.outgoing.emitAny(args, this.failed);
    return this.#session.send(packet, options);
  }

  /** Emits with an optional callback, as the application wrote it. */
  emit({ args, callback }: EmitCall, flags: EmitFlags): boolean {
    if (callback === undefined) return this.#emit(args, flags);
    return this.ask(args, flags, pendingCallback(callback, flags.timeout !== undefined, this.failed));
  }

  /** Emits and waits for one answer. */
  ask(args: EmitCall["args"], flags: EmitFlags, pending: PendingAck): boolean {
    if (!this.#open) {
      queueMicrotask(() => pending.fail?.(new ServerError("ack_disconnected")));
      return false;
    }
    if (this.acks.full) throw new ServerError("too_many_acks");
    const id = this.audience.nextAckId();
    const packet = encodeOutgoing({ type: "event", namespace: this.audience.namespace, id, args });
    this.acks.add(id, pending, flags.timeout ?? this.runtime.options.ackTimeout);
    return this.send(packet, flags, args);
  }

  readonly failed = (error: unknown): void => this.runtime.report(error, this.audience.namespace, this.id);

  #emit(args: EmitCall["args"], flags: EmitFlags): boolean {
    if (!this.#open) return false;
    return this.send(encodeOutgoing({ type: "event", namespace: this.audience.namespace, args }), flags, args);
  }
}

/**
 * The wait of a callback. With a timeout asked for, the callback takes an error first; without one it has nowhere to put an
 * error, so it is simply not called when the default timeout ends the wait.
 */
export function pendingCallback(callback: Listener, errorFirst: boolean, failed: (error: unknown) => void): PendingAck {
  if (!errorFirst) return { answer: (args) => call(callback, args, failed) };
  return {
    answer: (args) => call(callback, [null, ...args], failed),
    fail: (error) => call(callback, [error], failed),
  };
}
