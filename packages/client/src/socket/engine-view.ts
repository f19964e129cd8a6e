import type { ClientDisconnectReason } from "@everwire/protocol";
import type { DisconnectDetails } from "../failures.ts";
import type { TransportName } from "../transport/engine-transport.ts";
import { Listening } from "./listening.ts";

/** A message to or from the server, of which some packets have several. */
export interface EngineMessage {
  readonly type: "message";
  readonly data: string | Uint8Array;
}

/** Events of `manager.engine` and their arguments. */
export interface EngineEvents {
  /** The session has moved to another transport. */
  upgrade: [transport: { readonly name: TransportName | undefined }];
  packet: [packet: EngineMessage];
  packetCreate: [packet: EngineMessage];
  close: [reason: ClientDisconnectReason, details: DisconnectDetails];
}

/** The part of a connection that is shown. */
interface Shown {
  readonly id: string | undefined;
  readonly transport: TransportName | undefined;
}

/** One connection of a manager as `socket.io.engine` shows it: for monitoring. The next connection has another. */
export class EngineView extends Listening {
  readonly #shown: () => Shown | undefined;

  /** `shown`: undefined before the first connection. */
  constructor(shown: () => Shown | undefined) {
    super();
    this.#shown = shown;
  }

  /** Of the session: who knows it can take the session over. */
  get id(): string | undefined {
    return this.#shown()?.id;
  }

  /** Its name is undefined while there is no open connection. */
  get transport(): { readonly name: TransportName | undefined } {
    return { name: this.#shown()?.transport };
  }

  on<E extends keyof EngineEvents>(event: E, listener: (...args: EngineEvents[E]) => void): this {
    this.listenerMap.add(event, listener);
    return this;
  }

  once<E extends keyof EngineEvents>(event: E, listener: (...args: EngineEvents[E]) => void): this {
    this.listenerMap.add(event, listener, true);
    return this;
  }

  off<E extends keyof EngineEvents>(event?: E, listener?: (...args: EngineEvents[E]) => void): this {
    this.listenerMap.remove(event, listener);
    return this;
  }

  /** Called by the manager. */
  tell<E extends keyof EngineEvents>(event: E, ...args: EngineEvents[E]): void {
    this.listenerMap.emit(event, args);
  }
}
