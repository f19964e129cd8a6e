import type { OutgoingPacket, SendOptions, Session } from "@everwire/transport";
import { type PendingAck, PendingAcks } from "./acknowledgements.ts";
import type { Audience } from "./audience.ts";
import { ServerError } from "./failures.ts";
import { call, type Listener, ListenerMap } from "./listener-map.ts";
import { type EmitCall, encodeOutgoing } from "./outgoing.ts";
import type { Runtime } from "./runtime.ts";

/** How one emit is to be sent. */
export interface EmitFlags {
  /** Drop instead of queue when the transport cannot take the packet now. */
  readonly volatile: boolean;
  /** How long to wait for the acknowledgement, in milliseconds; the callback then gets the error first. */
  readonly timeout: number | undefined;
}

export const PLAIN: EmitFlags = { volatile: false, timeout: undefined };

const VOLATILE: SendOptions = { volatile: true };

/** Refuses what cannot be a timeout; returns the flags with it. */
export function withTimeout<Flags extends EmitFlags>(flags: Flags, milliseconds: number): Flags {
  // 2 ** 31: longer than this a timer of the platform fires at once.
  if (!(milliseconds > 0 && milliseconds < 2 ** 31)) throw new ServerError("invalid_timeout", String(milliseconds));
  return { ...flags, timeout: milliseconds };
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
  readonly #session: Session;
  #open = false;

  constructor(id: string, audience: Audience, session: Session, runtime: Runtime) {
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
  send(packet: OutgoingPacket, volatile: boolean, args?: readonly unknown[]): boolean {
    if (!this.#open) return false;
    if (args !== undefined) this.outgoing.emitAny(args, this.failed);
    return this.#session.send(packet, volatile ? VOLATILE : undefined);
  }

  /** Emits with an optional callback, as the application wrote it. */
  emit({ args, callback }: EmitCall, flags: EmitFlags): boolean {
    if (callback === undefined) return this.#emit(args, flags.volatile);
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
    return this.send(packet, flags.volatile, args);
  }

  readonly failed = (error: unknown): void => this.runtime.report(error, this.audience.namespace, this.id);

  #emit(args: EmitCall["args"], volatile: boolean): boolean {
    if (!this.#open) return false;
    return this.send(encodeOutgoing({ type: "event", namespace: this.audience.namespace, args }), volatile, args);
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
