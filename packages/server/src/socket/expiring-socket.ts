import type { DefaultEventMap, EventMap } from "@everwire/protocol";
import { Credentials, type Expiry, RENEW } from "../authentication/credentials.ts";
import type { SocketOutbox } from "../broadcast/socket-outbox.ts";
import { answerOf } from "../call/call-gate.ts";
import type { Handshake } from "../engine/handshake.ts";
import type { ListenerMap } from "../event/listener-map.ts";
import type { DefaultSocketData } from "../event/socket-data.ts";
import { encodeOutgoing } from "../packet/outgoing.ts";
import { ListeningSocket } from "./listening-socket.ts";

/** The part of a socket that knows who its client is, and for how long. */
export abstract class ExpiringSocket<
  ListenEvents extends EventMap = DefaultEventMap,
  EmitEvents extends EventMap = ListenEvents,
  SocketData = DefaultSocketData,
> extends ListeningSocket<ListenEvents, EmitEvents, SocketData> {
  readonly #outbox: SocketOutbox;
  #handshake: Handshake;
  /** Made for the first expiry: most sockets have none. */
  #credentials: Credentials | undefined;
  #judge: ((auth: Readonly<Record<string, unknown>>) => unknown) | undefined;

  constructor(outbox: SocketOutbox, listeners: ListenerMap, handshake: Handshake) {
    super(outbox, listeners);
    this.#outbox = outbox;
    this.#handshake = handshake;
  }

  /** How the socket came to be. `auth` is what the client sent last to prove who it is. */
  get handshake(): Handshake {
    return this.#handshake;
  }

  /** When the client's credentials end, in milliseconds since the Unix epoch; undefined when they do not. */
  get expires(): number | undefined {
    return this.#credentials?.expires;
  }

  /**
   * Says when the client's credentials end, a time of the wall clock as tokens have it; undefined for never. The socket is
   * disconnected then, unless they are renewed: see `Namespace.renewal`. May be called in a connect middleware already.
   * Throws a RangeError for what is no time.
   */
  expiresAt(time: Expiry): this {
    this.#open().set(time);
    return this;
  }

  /** For the namespace: the client may send new credentials, and `judge` says what they are worth. */
  serveRenewal(judge: (auth: Readonly<Record<string, unknown>>) => unknown): void {
    this.#judge = judge;
    this.serve(RENEW, (...args) => this.#open().renew(args[0], answerOf(args)));
  }

  abstract disconnect(close?: boolean): this;

  /** For services of this package: listens to an event that is in nobody's event map. */
  abstract serve(name: string, listener: (...args: unknown[]) => unknown): void;

  /** The socket is connected. */
  protected beginTerm(): void {
    this.#credentials?.begin();
  }

  /** The socket has gone. */
  protected endTerm(): void {
    this.#credentials?.end();
  }

  #open(): Credentials {
    this.#credentials ??= this.#create();
    return this.#credentials;
  }

  #create(): Credentials {
    const { options, setDeadline, codec } = this.#outbox.runtime;
    const { namespace } = this.#outbox.audience;
    const credentials = new Credentials({
      setDeadline,
      renewBefore: options.renewBefore,
      timeout: options.connectTimeout,
      judge: this.#judge,
      tell: (event, data) => {
        this.#outbox.send(encodeOutgoing({ type: "event", namespace, args: [event, data] }, codec));
      },
      accept: (auth) => {
        this.#handshake = { ...this.#handshake, auth };
      },
      disconnect: () => this.disconnect(),
      failed: this.#outbox.failed,
    });
    // Also one that is connected already.
    if (this.#outbox.isOpen) credentials.begin();
    return credentials;
  }
}
