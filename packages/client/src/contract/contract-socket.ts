import {
  type AckOutput,
  type Contract,
  type ContractListeners,
  readRefusal,
  type ShapeInputs,
} from "@everwire/protocol/contract";
import type { Listener } from "../channel/listener-map.ts";
import type { Socket } from "../socket/socket.ts";
import type { SocketEvents } from "../socket/socket-events.ts";

/** As much of a socket, or of `socket.timeout(ms)`, as emits events of any names. */
interface Emitter {
  emit(event: string, ...args: readonly unknown[]): unknown;
  emitWithAck(event: string, ...args: readonly unknown[]): Promise<unknown>;
}

/** As much of a socket as is used here. */
interface Carrier extends Emitter {
  readonly volatile: Emitter;
  timeout(milliseconds: number): Emitter;
  on(event: string, listener: Listener): unknown;
  once(event: string, listener: Listener): unknown;
  off(event: string, listener?: Listener): unknown;
}

type EventsOf<C extends Contract> = keyof C["clientToServer"] & string;
type HeardBy<C extends Contract> = (keyof C["serverToClient"] & string) | keyof SocketEvents;

/** What `on` takes: for an event of the server that is answered, a listener that returns the answer or promises it. */
export type ContractListener<C extends Contract, K> = K extends keyof SocketEvents
  ? SocketEvents[K]
  : K extends keyof ContractListeners<C>
    ? ContractListeners<C>[K]
    : never;

/** Emits the events of a contract. */
export class ContractEmitter<C extends Contract> {
  readonly #emitter: Emitter;

  constructor(emitter: Emitter) {
    this.#emitter = emitter;
  }

  /** Sends an event without asking for an answer: when the server refuses it, nobody here hears of it. */
  emit<K extends EventsOf<C>>(event: K, ...args: ShapeInputs<C["clientToServer"][K]>): this {
    this.#emitter.emit(event, ...args);
    return this;
  }

  /**
   * Resolves with what the server's handler returned, or with undefined for an event that is only acknowledged. Rejects with
   * an EventRefused when the server refused, else as `emitWithAck` of a socket does.
   */
  async emitWithAck<K extends EventsOf<C>>(
    event: K,
    ...args: ShapeInputs<C["clientToServer"][K]>
  ): Promise<AckOutput<C["clientToServer"][K]>> {
    const answer: unknown = await this.#emitter.emitWithAck(event, ...args);
    const refused = readRefusal(answer);
    if (refused !== undefined) throw refused;
    // The server has validated its answer by the same contract.
    return answer as AckOutput<C["clientToServer"][K]>;
  }
}

/**
 * A socket as a contract types it. Everything else, `connect` and `disconnect` among it, is done with the socket itself.
 *
 * Nothing is validated here: what comes is the server's, and what goes the server looks at.
 */
export class ContractSocket<C extends Contract> extends ContractEmitter<C> {
  readonly socket: Socket;
  /** The same, by names that its types do not know. */
  readonly #carrier: Carrier;
  /** The listeners that answer, by those of the application. */
  readonly #answering: WeakMap<Listener, Listener> = new WeakMap();

  constructor(socket: Socket) {
    super(socket);
    this.socket = socket;
    this.#carrier = socket;
  }

  /** Dropped unless it can leave at once. */
  get volatile(): ContractEmitter<C> {
    return new ContractEmitter(this.#carrier.volatile);
  }

  /** Milliseconds for the answer. */
  timeout(milliseconds: number): ContractEmitter<C> {
    return new ContractEmitter(this.#carrier.timeout(milliseconds));
  }

  /** Also `connect`, `connect_error` and `disconnect`. */
  on<K extends HeardBy<C>>(event: K, listener: ContractListener<C, K>): this {
    this.#carrier.on(event, this.#answer(listener));
    return this;
  }

  once<K extends HeardBy<C>>(event: K, listener: ContractListener<C, K>): this {
    this.#carrier.once(event, this.#answer(listener));
    return this;
  }

  /** Without a listener: all of the event. */
  off<K extends HeardBy<C>>(event: K, listener?: ContractListener<C, K>): this {
    if (listener === undefined) this.#carrier.off(event);
    else this.#carrier.off(event, this.#answering.get(listener) ?? listener);
    return this;
  }

  /** What a listener returns is the answer, if the server wants one; what it throws or rejects with is uncaught. */
  #answer(listener: Listener): (...args: unknown[]) => void {
    const answering = (...args: unknown[]): void => {
      const acknowledge = args.at(-1);
      if (typeof acknowledge !== "function") {
        Reflect.apply(listener, undefined, args);
        return;
      }
      const result: unknown = Reflect.apply(listener, undefined, args.slice(0, -1));
      void Promise.resolve(result).then((answer) => acknowledge(answer));
    };
    this.#answering.set(listener, answering);
    return answering;
  }
}

/**
 * Types a socket by the contract that its namespace has on the server: `contract<typeof chat>(io("/chat"))`. The contract
 * itself is not needed here, so its schemas need not be in a web page's bundle; where it is at hand, it can be given.
 */
export function contract<C extends Contract>(socket: Socket, _contract?: C): ContractSocket<C> {
  return new ContractSocket(socket);
}
