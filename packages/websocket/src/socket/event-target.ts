import { EventEmitter } from "node:events";
import type { ClientRequest, IncomingMessage } from "node:http";
import { EventListeners, type SocketEventMap, type SocketEventType, type SocketListener } from "./event-listeners.ts";
import type { RawData } from "./raw-data.ts";

/** The events of `on` and what they bring. */
export interface WebSocketEvents {
  open: [];
  message: [data: RawData, isBinary: boolean];
  /** Once, last. */
  close: [code: number, reason: Buffer];
  /** Why this side gave up; `close` follows. Unheard it does no harm. */
  error: [error: Error];
  ping: [data: Buffer];
  pong: [data: Buffer];
  upgrade: [response: IncomingMessage];
  redirect: [url: string, request: ClientRequest];
  "unexpected-response": [request: ClientRequest, response: IncomingMessage];
}

type Listener<Event> = ((event: Event) => void) | null;

/** What the objects that hold listeners inherit from: nothing. */
const NOTHING: object = Object.freeze(Object.create(null));

/** Node's way to listen and the DOM's on one object; what is dispatched the one way says nothing of the other. */
export abstract class SocketEventTarget<Target> extends EventEmitter<WebSocketEvents> {
  static readonly CONNECTING: 0 = 0;
  static readonly OPEN: 1 = 1;
  static readonly CLOSING: 2 = 2;
  static readonly CLOSED: 3 = 3;
  #dom: EventListeners<Target> | undefined;

  constructor() {
    super();
    // Node keeps listeners in a hash table: an object with a shape, which it takes as well, is 150 bytes less for a socket
    // that is only asked for messages.
    Reflect.set(this, "_events", Object.create(NOTHING));
  }

  get CONNECTING(): 0 {
    return 0;
  }

  get OPEN(): 1 {
    return 1;
  }

  get CLOSING(): 2 {
    return 2;
  }

  get CLOSED(): 3 {
    return 3;
  }

  /** The DOM's listeners, if there ever were any. */
  protected get dom(): EventListeners<Target> | undefined {
    return this.#dom;
  }

  /** Somebody has begun to listen to messages in the DOM's way. */
  protected abstract messagesWanted(): void;

  get onopen(): Listener<SocketEventMap<Target>["open"]> {
    return this.#dom?.lists.open.attribute ?? null;
  }

  set onopen(listener: Listener<SocketEventMap<Target>["open"]>) {
    SocketEventTarget.#lists(this).open.attribute = listener;
  }

  get onmessage(): Listener<SocketEventMap<Target>["message"]> {
    return this.#dom?.lists.message.attribute ?? null;
  }

  set onmessage(listener: Listener<SocketEventMap<Target>["message"]>) {
    SocketEventTarget.#lists(this).message.attribute = listener;
    this.messagesWanted();
  }

  get onclose(): Listener<SocketEventMap<Target>["close"]> {
    return this.#dom?.lists.close.attribute ?? null;
  }

  set onclose(listener: Listener<SocketEventMap<Target>["close"]>) {
    SocketEventTarget.#lists(this).close.attribute = listener;
  }

  get onerror(): Listener<SocketEventMap<Target>["error"]> {
    return this.#dom?.lists.error.attribute ?? null;
  }

  set onerror(listener: Listener<SocketEventMap<Target>["error"]>) {
    SocketEventTarget.#lists(this).error.attribute = listener;
  }

  /** Listens in the DOM's way: the listener gets one event. A type that is none of the four is never dispatched. */
  addEventListener<Type extends SocketEventType>(
    type: Type,
    listener: SocketListener<SocketEventMap<Target>[Type]>,
    options?: { readonly once?: boolean | undefined },
  ): void {
    if (!Object.hasOwn(SocketEventTarget.#lists(this), type)) return;
    SocketEventTarget.#lists(this)[type].add(listener, options?.once === true);
    if (type === "message") this.messagesWanted();
  }

  removeEventListener<Type extends SocketEventType>(
    type: Type,
    listener: SocketListener<SocketEventMap<Target>[Type]>,
  ): void {
    if (Object.hasOwn(SocketEventTarget.#lists(this), type)) SocketEventTarget.#lists(this)[type].remove(listener);
  }

  // Static, as for methods of its own each object has a field.
  static #lists<T>(target: SocketEventTarget<T>): EventListeners<T>["lists"] {
    target.#dom ??= new EventListeners();
    return target.#dom.lists;
  }
}
