import { type CloseReason, ProtocolFailure, type SocketPacket } from "@everwire/protocol";
import { EventRefused, refusalAnswer } from "@everwire/protocol/contract";
import type { Session, SessionHandler, TransportName } from "@everwire/transport";
import { SessionView } from "../engine/session-view.ts";
import type { ClientView, SocketLink } from "../engine/socket-link.ts";
import type { MiddlewareResult } from "../event/middleware.ts";
import type { ServerFailureCode } from "../failures.ts";
import type { EventGate } from "../limits/event-gate.ts";
import type { Candidate, Namespace } from "../namespace/namespace.ts";
import { encodeOutgoing } from "../packet/outgoing.ts";
import type { PacketDecoder } from "../packet/packet-codec.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { IncomingEvent, Socket } from "../socket/socket.ts";
import { connectRefusal, middlewareRefusal } from "./refusal.ts";

/** Finds or makes the namespace a client asks for; see `NamespaceTable.find`. */
export type FindNamespace = (
  name: string,
  auth: Readonly<Record<string, unknown>>,
  done: (found: Namespace | ServerFailureCode) => void,
) => void;

type ConnectPacket = Extract<SocketPacket, { type: "connect" }>;
type Deadline = { cancel(): void };

/** Nothing is ever put into it. */
const NONE: Map<string, Socket> = new Map();

interface Attempt {
  readonly deadline: Deadline;
  candidate: Candidate | undefined;
}

/**
 * One session and the sockets on it: decodes what arrives and hands each packet to the socket of its namespace.
 *
 * A packet the protocol forbids at this point ends the session with "forced close", and all of its sockets with it.
 * A session without any socket is closed after `connectTimeout`; so is a packet whose attachments do not arrive in time.
 */
export class ClientConnection implements SessionHandler, SocketLink {
  readonly session: Session;
  readonly view: SessionView;
  readonly #runtime: Runtime;
  readonly #find: FindNamespace;
  readonly #decoder: PacketDecoder;
  /** A map of its own from the first socket on: who never connects is to cost little. */
  #sockets: Map<string, Socket> = NONE;
  /** Made for an attempt, and gone when none is under way. */
  #attempts: Map<string, Attempt> | undefined;
  /**
   * Namespaces that the server disconnected the client from, whose packets may still be on their way. The last
   * `maxNamespaces` of them: a client may go from one name to the next for as long as it likes.
   */
  #left: Set<string> | undefined;
  /** Where only so many events are taken. */
  readonly #gate: EventGate | undefined;
  #client: ClientView | undefined;
  #idle: Deadline | undefined;
  #attachments: Deadline | undefined;
  #open = true;

  constructor(session: Session, runtime: Runtime, find: FindNamespace) {
    this.session = session;
    this.#runtime = runtime;
    this.#find = find;
    this.#decoder = runtime.codec.decoder(session.revision);
    this.view = new SessionView(session, (error) => runtime.report(error, "/"));
    this.#gate = runtime.limiter?.open(session.handshake.address);
    this.#awaitConnect();
    // docs/protocol/revision-3.md, "Connecting": nobody asks for the main namespace, everybody is in it.
    if (session.revision === 3) this.#connect({ type: "connect", namespace: "/" });
  }

  get client(): ClientView {
    const { session, view } = this;
    this.#client ??= {
      id: session.id,
      conn: view,
      get request() {
        return view.request;
      },
    };
    return this.#client;
  }

  message(data: string | Buffer): void {
    if (!this.#open) return;
    this.view.received(data);
    const now = performance.now();
    const packet = typeof data === "string" ? this.#decoder.text(data, now) : this.#decoder.binary(data, now);
    this.#watchAttachments(now);
    if (packet === undefined) return;
    if (packet instanceof ProtocolFailure) this.#refuse(packet.meaning);
    else this.#dispatch(packet);
  }

  close(reason: CloseReason, detail?: string): void {
    if (this.#open) this.#end(reason, detail);
    this.view.notify("close", detail === undefined ? [reason] : [reason, detail]);
  }

  upgrade(transport: TransportName): void {
    this.view.notify("upgrade", [{ name: transport }]);
  }

  drain(): void {
    this.view.notify("drain", []);
  }

  leave(namespace: string): void {
    this.#sockets.delete(namespace);
    this.#remember(namespace);
    this.view.deliver(encodeOutgoing({ type: "disconnect", namespace }, this.#runtime.codec));
    this.#awaitConnect();
  }

  closeAll(): void {
    for (const socket of [...this.#sockets.values()]) socket.disconnect();
    this.#shut("forced server close");
  }

  #remember(namespace: string): void {
    this.#left ??= new Set();
    this.#left.delete(namespace);
    this.#left.add(namespace);
    const [oldest] = this.#left;
    if (this.#left.size > this.#runtime.options.maxNamespaces && oldest !== undefined) this.#left.delete(oldest);
  }

  #dispatch(packet: SocketPacket): void {
    const socket = this.#sockets.get(packet.namespace);
    if (packet.type === "connect") this.#connect(packet);
    else if (socket !== undefined) this.#deliver(socket, packet);
    // A client may change its mind while the middlewares still run, and when a refusal is on its way to it.
    else if (packet.type === "disconnect") this.#abandon(packet.namespace);
    // Anything else needs a connected socket, or one that the client could still believe to be connected.
    else if (this.#left?.has(packet.namespace) !== true) this.#refuse("a packet for a namespace that is not connected");
  }

  #deliver(socket: Socket, packet: Exclude<SocketPacket, ConnectPacket>): void {
    switch (packet.type) {
      case "event":
        this.#hear(socket, packet);
        return;
      case "ack":
        socket.receiveAck(packet.id, packet.args);
        return;
      case "disconnect":
        this.#sockets.delete(packet.namespace);
        this.#awaitConnect();
        socket.finish("client namespace disconnect");
        return;
      case "connect_error":
        this.#refuse("a client sent CONNECT_ERROR");
        return;
    }
  }

  #hear(socket: Socket, packet: IncomingEvent): void {
    const { namespace, id } = packet;
    const wait = this.#gate?.event(namespace, packet.args[0]);
    if (wait === undefined) {
      socket.receive(packet);
      return;
    }
    if (id !== undefined) {
      const refused = new EventRefused("rate_limited", "too many events", { retry: true, data: { retryAfter: wait } });
      const answer = { type: "ack", namespace, id, args: [refusalAnswer(refused)] } as const;
      this.view.deliver(encodeOutgoing(answer, this.#runtime.codec));
    }
    this.#loseTemper();
  }

  /** Ends the session of a client that goes on and on. */
  #loseTemper(): void {
    if (this.#gate?.exhausted !== true) return;
    this.#gate.giveUp();
    this.#refuse("too many events");
  }

  #connect({ namespace: name, data }: ConnectPacket): void {
    // Socket.IO protocol 5: one CONNECT per namespace.
    if (this.#sockets.has(name) || this.#attempts?.has(name) === true)
      this.#refuse("a second CONNECT for one namespace");
    else if (this.#sockets.size + (this.#attempts?.size ?? 0) >= this.#runtime.options.maxNamespaces) {
      this.#deny(name, "too_many_namespaces");
    } else if (this.#gate?.attempt() !== undefined) {
      this.#deny(name, "rate_limited");
      this.#loseTemper();
    } else this.#attempt(name, data ?? {});
  }

  #attempt(name: string, auth: Readonly<Record<string, unknown>>): void {
    const deadline = this.#runtime.setDeadline(this.#runtime.options.connectTimeout, () => {
      this.#abandon(name);
      this.#deny(name, "connect_timed_out");
    });
    const attempt: Attempt = { deadline, candidate: undefined };
    this.#attempts ??= new Map();
    this.#attempts.set(name, attempt);
    this.#find(name, auth, (found) => {
      // The client may have changed its mind, or the time may be over.
      if (this.#attempts?.get(name) !== attempt) return;
      if (typeof found === "string") {
        this.#endAttempt(name);
        this.#deny(name, found);
        return;
      }
      found.claim(auth, (claim) => {
        if (this.#attempts?.get(name) === attempt) this.#receive(found, attempt, auth, claim);
      });
    });
  }

  #receive(
    namespace: Namespace,
    attempt: Attempt,
    auth: Readonly<Record<string, unknown>>,
    claim: Parameters<Namespace["receive"]>[2],
  ): void {
    const { name } = namespace;
    this.#left?.delete(name);
    const candidate = namespace.receive(this, auth, claim, (received, result) => {
      attempt.candidate = received;
      if (this.#attempts?.get(name) === attempt) this.#conclude(name, received, result);
    });
    attempt.candidate = candidate;
    // A middleware that closed the session did so before the attempt knew its candidate.
    if (!this.#open) candidate.socket.finish("forced server close");
  }

  #conclude(name: string, candidate: Candidate, result: MiddlewareResult): void {
    const { socket } = candidate;
    this.#endAttempt(name);
    if (result.outcome === "passed") {
      if (this.#sockets === NONE) this.#sockets = new Map();
      this.#sockets.set(name, socket);
      this.#idle?.cancel();
      this.#idle = undefined;
      candidate.admit();
    } else {
      socket.finish("server namespace disconnect");
      if (result.outcome === "broken") this.#runtime.report(result.error, name, socket.id);
      this.view.deliver(middlewareRefusal(name, result, this.session.revision, this.#runtime.codec));
    }
  }

  #abandon(name: string): void {
    const socket = this.#attempts?.get(name)?.candidate?.socket;
    this.#endAttempt(name);
    socket?.finish("client namespace disconnect");
  }

  #endAttempt(name: string): void {
    this.#attempts?.get(name)?.deadline.cancel();
    this.#attempts?.delete(name);
    if (this.#attempts?.size === 0) this.#attempts = undefined;
  }

  #deny(namespace: string, code: ServerFailureCode): void {
    this.view.deliver(connectRefusal(namespace, code, this.#runtime.codec));
  }

  #refuse(detail: string): void {
    this.#shut("forced close", detail);
  }

  #shut(reason: CloseReason, detail?: string, how?: "finish"): void {
    if (!this.#open) return;
    this.#end(reason, detail);
    this.session.close(reason, how);
  }

  #end(reason: CloseReason, detail: string | undefined): void {
    this.#open = false;
    this.#decoder.close?.();
    this.#gate?.close();
    this.#idle?.cancel();
    this.#attachments?.cancel();
    for (const name of [...(this.#attempts?.keys() ?? [])]) this.#abandon(name);
    const sockets = [...this.#sockets.values()];
    this.#sockets.clear();
    for (const socket of sockets) socket.finish(reason, detail);
  }

  #awaitConnect(): void {
    if (!this.#open || this.#sockets.size > 0) return;
    this.#idle?.cancel();
    this.#idle = this.#runtime.setDeadline(this.#runtime.options.connectTimeout, () => {
      // It has had its time: a client that says nothing is not waited for once more.
      if (this.#sockets.size === 0) this.#shut("forced server close", "no namespace was connected in time", "finish");
    });
  }

  #watchAttachments(now: number): void {
    const { deadline } = this.#decoder;
    if (deadline === undefined) {
      this.#attachments?.cancel();
      this.#attachments = undefined;
    } else {
      this.#attachments ??= this.#runtime.setDeadline(deadline - now, () => this.#refuse("attachments timed out"));
    }
  }
}
