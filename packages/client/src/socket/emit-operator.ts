import type {
  AckValue,
  EventArguments,
  EventArgumentsWithoutAck,
  EventMap,
  EventNames,
  EventNamesWithAck,
  TimeoutEventMap,
} from "@everwire/protocol";

export interface EmitFlags {
  /** Drop the event rather than let it wait. */
  readonly volatile?: boolean;
  /** Milliseconds for the acknowledgement; its callback takes an error first. */
  readonly timeout?: number;
  /** The acknowledgement's callback takes an error first, and hears of a lost connection. */
  readonly withError?: boolean;
}

export interface SendFlags extends EmitFlags {
  /** Fail rather than wait for a connection: the caller will repeat it himself. */
  readonly unbuffered?: boolean;
}

export type EmitFunction = (flags: EmitFlags, event: string | number, args: readonly unknown[]) => void;

/** How an event is sent: what `socket.volatile` and `socket.timeout(ms)` return. `T` is `E` as `emit` sees it. */
export class EmitOperator<E extends EventMap, T extends EventMap = E> {
  readonly #send: EmitFunction;
  readonly #flags: EmitFlags;

  constructor(send: EmitFunction, flags: EmitFlags) {
    this.#send = send;
    this.#flags = flags;
  }

  get volatile(): EmitOperator<E, T> {
    return new EmitOperator(this.#send, { ...this.#flags, volatile: true });
  }

  /** Without effect: what compresses is agreed for the whole connection. */
  compress(_compress: boolean): this {
    return this;
  }

  timeout(milliseconds: number): EmitOperator<E, TimeoutEventMap<E>> {
    return new EmitOperator(this.#send, { ...this.#flags, timeout: milliseconds, withError: true });
  }

  emit<K extends EventNames<T>>(event: K, ...args: EventArguments<T, K>): this {
    this.#send(this.#flags, event, args);
    return this;
  }

  /** Rejects when the time has passed, the connection is lost or the event cannot be sent. */
  emitWithAck<K extends EventNamesWithAck<E>>(
    event: K,
    ...args: EventArgumentsWithoutAck<E, K>
  ): Promise<AckValue<E, K>> {
    return new Promise((resolve, reject) => {
      const settle = (error: Error | null, value: AckValue<E, K>): void =>
        error === null ? resolve(value) : reject(error);
      this.#send({ ...this.#flags, withError: true }, event, [...args, settle]);
    });
  }
}
