import type { OutgoingPacket, SendOptions } from "@everwire/transport";
import { type PendingAck, PendingAcks } from "../event/acknowledgements.ts";
import { call, type Listener, ListenerMap } from "../event/listener-map.ts";
import { ServerError } from "../failures.ts";
import { type EmitCall, encodeOutgoing } from "../packet/outgoing.ts";
import type { Recorder } from "../recovery/recorder.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { Audience } from "./audience.ts";

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
  deliver(packet: OutgoingPacket, options?: SendOptions): boolean;
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
  #parked = false;

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

  /** Whether packets are sent. */
  get isOpen(): boolean {
    return this.#open;
  }

  /** Drops what is emitted from now on, unless it is kept for a client that may come back, and ends every wait. */
  close(parked: boolean = false): void {
    this.#open = false;
    this.#parked = parked;
    this.acks.failAll(new ServerError("ack_disconnected"));
  }

  /** Queues a packet; false when it was dropped. */
  send(packet: OutgoingPacket, options: SendOptions = PLAIN, args?: readonly unknown[]): boolean {
    if (!this.#open) return false;
    if (args !== undefined) this.outgoing.emitAny(args, this.failed);
    return this.#session.deliver(packet, options);
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
    const packet = encodeOutgoing({ type: "event", namespace: this.audience.namespace, id, args }, this.runtime.codec);
    const checked = this.audience.contract?.awaiting(args[0], pending, this.failed) ?? pending;
    this.acks.add(id, checked, flags.timeout ?? this.runtime.options.ackTimeout);
    return this.send(packet, flags, args);
  }

  readonly failed = (error: unknown): void => this.runtime.report(error, this.audience.namespace, this.id);

  #emit(args: EmitCall["args"], flags: EmitFlags): boolean {
    const { recorder } = this.audience;
    if (recorder !== undefined && (this.#open || this.#parked)) return this.#record(recorder, args, flags);
    if (!this.#open) return false;
    const packet = { type: "event", namespace: this.audience.namespace, args } as const;
    return this.send(encodeOutgoing(packet, this.runtime.codec), flags, args);
  }

  /** True also for an event that is kept and not sent now. */
  #record(recorder: Recorder, args: EmitCall["args"], flags: EmitFlags): boolean {
    const to = { rooms: [this.id], except: [] };
    const outcome = { sent: true };
    recorder.send(args, to, flags, (packet) => {
      if (this.#open) outcome.sent = this.send(packet, flags, args);
      // The client may be back already, and then it is another socket that has its id.
      else for (const receiver of this.audience.select(to)) receiver.deliver(packet, flags, args);
    });
    return outcome.sent || (!flags.volatile && flags.coalesce === undefined);
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
