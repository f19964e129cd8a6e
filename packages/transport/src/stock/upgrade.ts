import type { CloseReason, EnginePacket } from "@everwire/protocol";
import type { Deadline } from "@everwire/websocket";
import type { FailureReason } from "../failures.ts";
import { PROBE_ANSWER } from "../packet/outgoing-packet.ts";
import { SendQueue } from "../packet/send-queue.ts";
import type { EngineSession, SessionOwner, Upgrading } from "../session/session.ts";
import { DETACHED, type Ending, type TransportSink } from "../transport.ts";
import type { PollingTransport } from "./polling-transport.ts";
import type { WebSocketTransport } from "./websocket-transport.ts";

/**
 * - `waiting`: nothing but `2probe` is in place.
 * - `probed`: `3probe` has been sent, nothing but `5` is in place.
 * - `switching`: the client has switched; what it sends is held until all it sent by polling has been dispatched.
 * - `over`: the WebSocket carries the session, or the probe failed and polling goes on.
 */
type ProbeState = "waiting" | "probed" | "switching" | "over";

/** What a held packet costs beside its data. */
const HELD_OVERHEAD = 64;

/**
 * An upgrade in progress: stands between a new WebSocket and the session until the client has switched. Nothing is lost,
 * repeated or reordered: outgoing packets stay in the session's one queue and each transport takes from its front;
 * incoming ones of the WebSocket wait for those of the polling transport.
 */
export class UpgradeProbe implements TransportSink, Upgrading {
  readonly #session: EngineSession;
  readonly #from: PollingTransport;
  readonly #to: WebSocketTransport;
  readonly #owner: SessionOwner;
  readonly #deadline: Deadline;
  #state: ProbeState = "waiting";
  #held: EnginePacket[] = [];
  #heldBytes = 0;
  /** What a session that was closed meanwhile has still to say. */
  #farewell: SendQueue | undefined;

  constructor(
    session: EngineSession,
    from: PollingTransport,
    to: WebSocketTransport,
    owner: SessionOwner,
    timeout: number,
  ) {
    this.#session = session;
    this.#from = from;
    this.#to = to;
    this.#owner = owner;
    this.#deadline = owner.wheel.set(timeout, () => this.#fail("probe_timed_out"));
  }

  /** Takes the session's one upgrade slot and begins to read from the WebSocket. */
  begin(): void {
    this.#session.upgrading = this;
    this.#to.sink = this;
    this.#to.start();
  }

  message(data: string | Buffer): void {
    this.packet({ type: "message", data });
  }

  packet(packet: EnginePacket): void {
    switch (this.#state) {
      case "waiting":
        if (packet.type === "ping" && packet.data === "probe") {
          this.#probed();
          return;
        }
        this.#fail("probe_refused");
        return;
      case "probed":
        if (packet.type === "upgrade") {
          this.#switch();
          return;
        }
        this.#fail("probe_refused");
        return;
      case "switching":
        this.#hold(packet);
        return;
      case "over":
        return;
    }
  }

  ready(): void {}

  /** The new connection is gone. Before the switch that is only a failed attempt; afterwards the client is gone. */
  lost(reason: CloseReason, why: FailureReason | "disconnected", detail?: string): void {
    if (this.#state === "switching" && this.#farewell === undefined) {
      this.#session.lost(reason, why, detail);
      return;
    }
    if (why !== "disconnected") this.#owner.refused(why, this.#session);
    this.#finish();
    this.#to.end(new SendQueue(), "discard");
    if (this.#farewell !== undefined) this.#from.end(this.#farewell, "linger");
  }

  gone(): void {}

  /**
   * A client that has switched polls no more, so it is told on the WebSocket. One that has been told it may switch is
   * pausing its polling, and whether it will poll again shows only when it switches or gives up.
   */
  abandon(queue: SendQueue, how: Ending): boolean {
    if (this.#state === "probed" && how === "linger") {
      this.#farewell = queue;
      return true;
    }
    const switched = this.#state === "switching";
    this.#finish();
    this.#to.end(switched ? queue : new SendQueue(), switched ? how : "discard");
    return false;
  }

  #probed(): void {
    this.#state = "probed";
    this.#to.send(PROBE_ANSWER);
    this.#from.beginProbe();
  }

  #switch(): void {
    this.#state = "switching";
    this.#from.retire(() => this.#complete());
  }

  #complete(): void {
    if (this.#state !== "switching") return;
    const held = this.#held;
    this.#finish();
    if (this.#farewell !== undefined) {
      this.#to.end(this.#farewell, "linger");
      this.#session.gone();
      return;
    }
    this.#session.adopt(this.#to);
    for (const packet of held) this.#session.packet(packet);
  }

  /** A client that stuffs the new transport while its last request is unfinished is not waited for without bound. */
  #hold(packet: EnginePacket): void {
    if (this.#farewell !== undefined) return;
    this.#heldBytes += packet.data.length + HELD_OVERHEAD;
    if (this.#heldBytes > this.#owner.options.sendQueueLimit) {
      this.#session.lost("transport error", "probe_refused");
      return;
    }
    this.#held.push(packet);
  }

  #fail(why: FailureReason): void {
    // A deadline that passes while the last POST is being dispatched finds a client that can no longer go back.
    if (this.#state === "switching" && this.#farewell === undefined) {
      this.#session.lost("transport error", why);
      return;
    }
    this.lost("transport error", why);
  }

  /** Frees the upgrade slot of the session. */
  #finish(): void {
    this.#state = "over";
    this.#held = [];
    this.#deadline.cancel();
    this.#session.upgrading = undefined;
    this.#to.sink = DETACHED;
    this.#from.endProbe();
  }
}
