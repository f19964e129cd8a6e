import { ProtocolFailure, RESERVED_EVENTS, type SocketPacket } from "@everwire/protocol";
import type { Listener, ListenerMap } from "../channel/listener-map.ts";
import { ClientError, type ClientFailureCode } from "../failures.ts";
import type { Outgoing } from "../packet/send-queue.ts";
import type { Clock } from "../transport/clock.ts";
import { Acknowledgements } from "./acknowledgements.ts";
import { EmitBuffer } from "./emit-buffer.ts";
import type { SendFlags } from "./emit-operator.ts";

/** The connection under a socket. */
export interface Carrier {
  readonly writable: boolean;
  /** For this connection and those after it. */
  encode(packet: SocketPacket): Outgoing | ProtocolFailure;
  /** A refused message was not sent. */
  send(message: Outgoing): ClientFailureCode | undefined;
}

export interface EventSenderSetup {
  readonly namespace: string;
  readonly carrier: Carrier;
  readonly clock: Clock;
  readonly maxBufferedBytes: number;
  /** Milliseconds for every acknowledgement; 0 for no bound. */
  readonly ackTimeout: number;
  /** Under "any": who sees every event that is sent. */
  readonly watchers: ListenerMap;
}

/** The sending half of a socket: events wait here while it is not connected, and for their acknowledgements. */
export class EventSender {
  readonly #setup: EventSenderSetup;
  readonly #acknowledgements: Acknowledgements;
  readonly #buffer: EmitBuffer;
  #connected = false;

  constructor(setup: EventSenderSetup) {
    this.#setup = setup;
    this.#acknowledgements = new Acknowledgements(setup.clock);
    this.#buffer = new EmitBuffer(setup.maxBufferedBytes);
  }

  /** Throws a ClientError when the event can never be sent, or when too much is waiting. */
  emit(flags: SendFlags, event: string | number, args: readonly unknown[]): void {
    refuseReserved(event);
    const callback = args.at(-1);
    const id = isCallback(callback) ? this.#expect(flags, callback) : undefined;
    const values = id === undefined ? args : args.slice(0, -1);
    const { namespace, watchers } = this.#setup;
    const failure = this.#encodeAndSend(
      { type: "event", namespace, ...(id === undefined ? {} : { id }), args: [event, ...values] },
      flags,
      id,
    );
    if (failure !== undefined) {
      if (id !== undefined) this.#acknowledgements.remove(id);
      throw failure;
    }
    watchers.emit("any", [event, ...values]);
  }

  /** Answers an event of the server. Dropped when the connection is gone: the server does not wait any more. */
  acknowledge(id: number, args: readonly unknown[]): void {
    if (!this.#connected) return;
    const packet: SocketPacket = { type: "ack", namespace: this.#setup.namespace, id, args };
    const failure = this.#encodeAndSend(packet, { unbuffered: true }, undefined);
    if (failure !== undefined) throw failure;
  }

  /** The server's answer. */
  settle(id: number, args: readonly unknown[]): void {
    this.#acknowledgements.settle(id, args);
  }

  /** What has waited is sent in the order of the calls. */
  connected(): void {
    this.#connected = true;
    for (const { message, id } of this.#buffer.takeAll()) {
      const failure = this.#transmit(message, {}, id);
      if (failure !== undefined && id !== undefined) this.#acknowledgements.fail(id, failure);
    }
  }

  /** Events that were sent may or may not have arrived; they are not sent again. */
  disconnected(): void {
    this.#connected = false;
    this.#acknowledgements.failAll(this.#buffer.ids);
  }

  #expect(flags: SendFlags, callback: Listener): number {
    const timeout = flags.timeout ?? (this.#setup.ackTimeout > 0 ? this.#setup.ackTimeout : undefined);
    const withError = flags.withError === true || timeout !== undefined;
    return this.#acknowledgements.add(callback, withError, timeout, (id) => this.#buffer.remove(id));
  }

  #encodeAndSend(packet: SocketPacket, flags: SendFlags, id: number | undefined): ClientError | undefined {
    const encoded = this.#setup.carrier.encode(packet);
    if (encoded instanceof ProtocolFailure) return new ClientError("unencodable", { message: encoded.meaning });
    const code = this.#transmit(encoded, flags, id);
    return code === undefined ? undefined : new ClientError(code);
  }

  #transmit(message: Outgoing, flags: SendFlags, id: number | undefined): ClientFailureCode | undefined {
    const { carrier } = this.#setup;
    if (flags.volatile === true && !(this.#connected && carrier.writable)) {
      if (id !== undefined) queueMicrotask(() => this.#acknowledgements.fail(id, "not_connected"));
      return undefined;
    }
    // The carrier may know of a loss that the socket has not been told of yet; the event waits then like any other.
    const failure = this.#connected ? carrier.send(message) : "not_connected";
    if (failure !== "not_connected" || flags.unbuffered === true) return failure;
    return this.#buffer.push({ message, id }) ? undefined : "buffer_full";
  }
}

/** Throws for the names under which the library itself reports. */
export function refuseReserved(event: string | number): void {
  if (typeof event === "string" && RESERVED_EVENTS.has(event)) {
    throw new ClientError("reserved_event", { message: `"${event}" is a reserved event name` });
  }
}

function isCallback(value: unknown): value is Listener {
  return typeof value === "function";
}
