import { EventEmitter } from "node:events";
import type { Connection } from "../connection/connection.ts";
import type { ConnectionHandler } from "../connection/connection-handler.ts";
import type { FrameFailure } from "../failures.ts";
import { checkConnectOptions } from "../handshake/connect-options.ts";
import { Dial } from "../handshake/dial.ts";
import { targetOf, webSocketUrl } from "../handshake/dial-target.ts";
import { HandshakeError } from "../handshake/handshake-error.ts";
import { type CloseInfo, ConnectionClosedError } from "./connection-closed-error.ts";
import { jsonValues } from "./json-message.ts";
import { type Message, MessageReader, type ReceiveOptions } from "./message-reader.ts";
import { type BinaryType, formOf, isBinaryType } from "./raw-data.ts";
import { SendingSocket } from "./sending-socket.ts";
import { asConnectOptions, type WebSocketOptions } from "./websocket-options.ts";

const OUTSIDE_STATES = { connecting: 0, failed: 2, closed: 3 } as const;
const READY_STATES = { open: 1, closing: 2, closed: 3 } as const;
const NEVER_OPENED: CloseInfo = { code: 1006, reason: "", wasClean: false };

/** A socket on its way to a connection. */
interface Dialling {
  /** That of the last redirect, if there were some. */
  url: string;
  /** Without a connection: *failed*: there will be none, and `close` is about to be emitted. */
  phase: "connecting" | "failed" | "closed";
  /** Until it has one, or none. */
  dial: Dial | undefined;
}

/**
 * A WebSocket with the events and methods of `ws` and of the DOM: `new WebSocket(url)` dials, a WebSocketServer hands
 * out those that it accepts. Messages are read by `on("message")`, `onmessage`, `for await` or `receive`.
 */
export class WebSocket extends SendingSocket<WebSocket> {
  // As few fields as can be: there are as many of each as peers.
  /** How it comes by its connection, if it dials. */
  #dialling: Dialling | undefined;
  #binaryType: BinaryType = "nodebuffer";
  #reader: MessageReader | undefined;
  /** Whether this side has asked for the end. */
  #left = false;
  #closed: { readonly promise: Promise<CloseInfo>; readonly resolve: (info: CloseInfo) => void } | undefined;
  #onClosed: ((socket: WebSocket) => void) | undefined;

  /**
   * Dials. `null` makes a socket for a server to use.
   *
   * @throws SyntaxError for a URL that is none of a WebSocket; TypeError or RangeError for options that make no sense.
   */
  constructor(address: null, protocols?: undefined, options?: object);
  constructor(address: string | URL, options?: WebSocketOptions);
  constructor(address: string | URL, protocols?: string | readonly string[], options?: WebSocketOptions);
  constructor(
    address: string | URL | null,
    protocols?: string | readonly string[] | WebSocketOptions,
    options: WebSocketOptions = {},
  ) {
    super();
    if (address === null) return;
    this.#dialling = { url: webSocketUrl(address), phase: "connecting", dial: undefined };
    if (typeof protocols === "string" || isList(protocols)) this.#begin(address, protocols, options);
    else this.#begin(address, undefined, protocols ?? options);
  }

  /**
   * Dials, and resolves when the socket is open. Messages that come before anybody reads are kept, 16 of them before the
   * peer has to wait. Rejects with a HandshakeError or the signal's reason.
   */
  static connect(url: string | URL, options: WebSocketOptions = {}): Promise<WebSocket> {
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(url, options);
      socket.#read();
      socket.once("error", reject);
      socket.once("open", () => {
        socket.off("error", reject);
        resolve(socket);
      });
    });
  }

  /** @internal A listener for messages is about to be added. */
  static wanted(socket: WebSocket): void {
    socket.messagesWanted();
  }

  /** @internal A server gives the socket its connection, and is told when it is over. */
  static attach(socket: WebSocket, connection: Connection, onClosed: (socket: WebSocket) => void): void {
    SendingSocket.connected(socket, connection);
    socket.#onClosed = onClosed;
  }

  /** @internal Begins to read, after the application has seen the socket. */
  static start(socket: WebSocket): void {
    SendingSocket.connectionOf(socket)?.start(new WebSocket.#Handler(socket));
  }

  /** The URL that was dialled, in its normal form, after redirects the last one; "" for a connection that was accepted. */
  get url(): string {
    return this.#dialling?.url ?? "";
  }

  get readyState(): 0 | 1 | 2 | 3 {
    const connection = SendingSocket.connectionOf(this);
    return connection === undefined
      ? OUTSIDE_STATES[this.#dialling?.phase ?? "connecting"]
      : READY_STATES[connection.state];
  }

  /** The form in which binary data is handed out; what is none of the three is ignored. */
  get binaryType(): BinaryType {
    return this.#binaryType;
  }

  set binaryType(type: BinaryType) {
    if (isBinaryType(type)) this.#binaryType = type;
  }

  /** Resolves, and never rejects, when the connection is over or was never made. */
  get closed(): Promise<CloseInfo> {
    const info = SendingSocket.closeInfoOf(this);
    if (info !== undefined) return Promise.resolve(info);
    if (this.#closed === undefined) {
      let resolve: (info: CloseInfo) => void = () => {};
      const promise = new Promise<CloseInfo>((settle) => {
        resolve = settle;
      });
      this.#closed = { promise, resolve };
    }
    return this.#closed.promise;
  }

  /**
   * Begins the closing handshake behind what is queued. While connecting, gives the dial up. Without a code there is no
   * reason either.
   *
   * @throws RangeError for a code that must not be sent, or a reason of more than 123 bytes.
   */
  close(code?: number, reason: string | Uint8Array = ""): void {
    const left = this.#left;
    this.#left = true;
    this.#dialling?.dial?.abort(new HandshakeError("given_up"));
    try {
      SendingSocket.connectionOf(this)?.close(code, code === undefined ? "" : asText(reason));
    } catch (error) {
      // Nothing was asked of the peer: when the connection ends, it is not by this side.
      this.#left = left;
      throw error;
    }
  }

  /** Ends the connection now: what is queued is lost, and the code is 1006. */
  terminate(): void {
    this.#left = true;
    this.#dialling?.dial?.abort(new HandshakeError("given_up"));
    SendingSocket.connectionOf(this)?.terminate();
  }

  /**
   * The next message. From the first call on, messages are kept until they are asked for, 16 of them before the peer has
   * to wait. Rejects with a ConnectionClosedError, a `TimeoutError` or the signal's reason.
   */
  receive(options?: ReceiveOptions): Promise<Message> {
    return this.#read().receive(options);
  }

  /**
   * `for await (const { data, isBinary } of socket)`. Ends with the connection; throws a ConnectionClosedError when it
   * broke. Leaving the loop leaves the connection as it is: a later loop goes on with the next message.
   */
  [Symbol.asyncIterator](): AsyncGenerator<Message, void, undefined> {
    return this.#read().messages();
  }

  /** The values of text messages of JSON. Anything else closes the connection and throws a JsonMessageError. */
  jsonMessages(): AsyncGenerator<unknown, void, undefined> {
    return jsonValues(this.#read().messages(), (code, reason) => this.close(code, reason));
  }

  /** What a connection tells its socket: one object more, as the socket's own `close` and `ping` are commands. */
  static readonly #Handler = class implements ConnectionHandler {
    readonly #socket: WebSocket;

    constructor(socket: WebSocket) {
      this.#socket = socket;
    }

    message(data: string | Buffer): void {
      this.#socket.#taken(data);
    }

    utf8(data: Buffer): void {
      this.#socket.#received(data, false);
    }

    ping(data: Buffer): void {
      this.#socket.emit("ping", data);
    }

    pong(data: Buffer): void {
      this.#socket.emit("pong", data);
    }

    close(code: number, reason: string): void {
      this.#socket.#ended(code, reason);
    }
  };

  protected override messagesWanted(): void {
    const reader = this.#reader;
    // A loop, or a wait for a message, goes on beside the listener. Otherwise nobody will take what the reader keeps.
    if (reader === undefined || reader.wanted || reader.handingOver) return;
    reader.handingOver = true;
    // The listener that is being added must be there first; what comes until then is handed over behind the rest.
    process.nextTick(() => {
      this.#reader = undefined;
      for (const { data } of reader.take()) this.#taken(data);
    });
  }

  #begin(address: string | URL, protocols: string | readonly string[] | undefined, options: WebSocketOptions): void {
    const checked = checkConnectOptions(asConnectOptions(options, protocols));
    const { finishRequest } = options;
    const dialling = this.#dialling;
    if (dialling === undefined) return;
    dialling.dial = new Dial(targetOf(address), checked, {
      opened: (connection) => this.#opened(connection),
      failed: (error) => this.#failed(error),
      upgraded: (response) => this.emit("upgrade", response),
      redirected: (url, request) => {
        dialling.url = url;
        this.emit("redirect", url, request);
      },
      refused: (request, response) => this.emit("unexpected-response", request, response),
      ...(typeof finishRequest === "function" && { finish: (request) => finishRequest(request, this) }),
    });
    const { signal } = checked.options;
    if (signal?.aborted === true) dialling.dial.abort(signal.reason);
  }

  #opened(connection: Connection): void {
    if (this.#dialling !== undefined) this.#dialling.dial = undefined;
    SendingSocket.connected(this, connection);
    this.dom?.lists.open.dispatch({ type: "open", target: this });
    this.emit("open");
    WebSocket.start(this);
  }

  #failed(error: unknown): void {
    if (this.#dialling !== undefined) Object.assign(this.#dialling, { dial: undefined, phase: "failed" });
    // Whoever closes while dialling hears of it afterwards, as of every other end.
    process.nextTick(() => {
      this.#report(error);
      this.#close(NEVER_OPENED, undefined);
    });
  }

  #ended(code: number, reason: string): void {
    const failure = SendingSocket.connectionOf(this)?.failure;
    const info = { code, reason, wasClean: failure === undefined && code !== NEVER_OPENED.code };
    if (failure !== undefined) this.#report(new ConnectionClosedError(info, failure));
    this.#close(info, failure);
  }

  #close(info: CloseInfo, failure: FrameFailure | undefined): void {
    if (this.#dialling !== undefined) this.#dialling.phase = "closed";
    SendingSocket.ended(this, info);
    this.#onClosed?.(this);
    this.#reader?.end(info, new ConnectionClosedError(info, failure), this.#left);
    this.#closed?.resolve(info);
    this.dom?.lists.close.dispatch({ type: "close", target: this, ...info });
    this.emit("close", info.code, Buffer.from(info.reason));
  }

  /** An error that nobody listens to must not end the process: that it is over, `close` says too. */
  #report(error: unknown): void {
    const known = error instanceof Error ? error : new Error(String(error), { cause: error });
    this.dom?.lists.error.dispatch({ type: "error", target: this, error: known, message: known.message });
    if (this.listenerCount("error") > 0) this.emit("error", known);
  }

  #taken(data: string | Buffer): void {
    if (typeof data === "string") this.#received(Buffer.from(data), false);
    else this.#received(data, true);
  }

  #received(data: Buffer, isBinary: boolean): void {
    if (this.#reader?.handingOver === true) {
      this.#reader.push(isBinary ? data : data.toString());
      return;
    }
    const listeners = this.dom?.lists.message;
    const heard = listeners !== undefined && !listeners.empty;
    if (this.#reader !== undefined || heard) {
      const message = isBinary ? data : data.toString();
      this.#reader?.push(message);
      if (heard) {
        const form = typeof message === "string" ? message : formOf(message, this.#binaryType);
        listeners.dispatch({ type: "message", target: this, data: form });
      }
    }
    // Text is always given as a Buffer, as `ws` does: the type is one of binary messages.
    this.emit("message", isBinary ? formOf(data, this.#binaryType) : data, isBinary);
  }

  /** The reader, which from now on keeps messages until somebody asks for one, or listens. */
  #read(): MessageReader {
    if (this.#reader !== undefined) return this.#reader;
    this.#reader = new MessageReader(this);
    const info = SendingSocket.closeInfoOf(this);
    if (info !== undefined) this.#reader.end(info, new ConnectionClosedError(info), this.#left);
    // By the base class: its own events are not among those that a WebSocket declares.
    const { off, on } = EventEmitter.prototype;
    on.call(off.call(this, "newListener", watchForListeners), "newListener", watchForListeners);
    return this.#reader;
  }
}

function asText(reason: string | Uint8Array): string {
  return typeof reason === "string" ? reason : Buffer.from(reason).toString();
}

function isList(value: unknown): value is readonly string[] {
  return Array.isArray(value);
}

/** Tells a socket, as `this`, that somebody is about to listen for messages. One function for all sockets. */
function watchForListeners(this: WebSocket, event: string | symbol): void {
  if (event === "message") WebSocket.wanted(this);
}
