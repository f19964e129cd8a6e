import { randomBytes } from "node:crypto";
import type { CloseReason } from "@everwire/protocol";
import type { OutgoingPacket } from "@everwire/transport";
import { outgoing } from "../packet/outgoing.ts";
import type { Recorder } from "./recorder.ts";
import type { ParkedSocket, SentEvent } from "./recovery-store.ts";
import { RoomHistory } from "./room-history.ts";

/** Why a socket was not recovered, as its client is told in the answer to CONNECT. */
export type RecoveryRefusal = "unknown" | "position" | "trimmed";

/** A client's claim to a socket that was kept for it, and what came of it. */
export interface RecoveryClaim {
  readonly parked: ParkedSocket;
  /** The offset of the last event that the client has. */
  readonly after: number;
}

/** Ends after which a client may come back for its socket: all but those that one of the two sides asked for. */
const RECOVERABLE: ReadonlySet<CloseReason> = new Set<CloseReason>([
  "transport error",
  "transport close",
  "forced close",
  "ping timeout",
  "server shutting down",
  "forced server close",
]);

/**
 * The part of a socket that outlives its connection.
 *
 * Alive from the socket's creation; `open` when it is connected, and then `park` at most once.
 */
export class SocketRecovery {
  readonly #recorder: Recorder;
  readonly #history: RoomHistory;
  readonly #grace: number;
  #claim: RecoveryClaim | undefined;
  #pid: string;
  #start: number;
  #openedAt = 0;

  /** `grace`: milliseconds after which a client that is alive has confirmed, by its heartbeat, what was sent to it. */
  constructor(recorder: Recorder, grace: number, claim: RecoveryClaim | undefined) {
    this.#recorder = recorder;
    this.#grace = grace;
    this.#claim = claim;
    this.#pid = claim?.parked.pid ?? newPid();
    this.#history = claim?.parked.history ?? new RoomHistory();
    this.#start = claim?.parked.start ?? 0;
  }

  /** The client's secret, by which it comes back. */
  get pid(): string {
    return this.#pid;
  }

  /** Whether the client goes on where it was. */
  get recovered(): boolean {
    return this.#claim !== undefined;
  }

  /**
   * The socket is connected: the events that it missed, and the position from which the client counts when it begins anew.
   * `failed` hears of what the store throws.
   */
  open(
    now: number,
    failed: (error: unknown) => void,
  ): { readonly position: string | undefined; readonly missed: readonly OutgoingPacket[] } {
    this.#openedAt = now;
    const { store } = this.#recorder;
    const missed = this.#missed(failed);
    if (missed === undefined) {
      // Also when the middlewares took so long that events were dropped: the client sees by the pid that it begins anew.
      if (this.recovered) this.#pid = newPid();
      this.#claim = undefined;
      this.#start = store.head;
      return { position: this.#recorder.position(this.#start), missed: [] };
    }
    return {
      position: undefined,
      missed: missed.map(outgoing),
    };
  }

  #missed(failed: (error: unknown) => void): readonly SentEvent[] | undefined {
    if (this.#claim === undefined) return undefined;
    try {
      return this.#recorder.store.missed(this.#claim.parked, this.#claim.after);
    } catch (error) {
      failed(error);
      return undefined;
    }
  }

  /** A room was joined or left. */
  note(room: string, joined: boolean): void {
    this.#history.note(room, joined, this.#recorder.store.head, performance.now());
  }

  /** What is to be kept of the socket, or undefined when it ended for good. */
  park(
    reason: CloseReason,
    socket: Pick<ParkedSocket, "id" | "namespace" | "rooms" | "data" | "expires">,
    now: number,
  ): ParkedSocket | undefined {
    if (!RECOVERABLE.has(reason)) return undefined;
    const confirmed = now - this.#grace;
    const before = this.#claim?.parked.unconfirmedSince ?? this.#openedAt;
    return {
      ...socket,
      pid: this.#pid,
      start: this.#start,
      unconfirmedSince: this.#openedAt <= confirmed ? confirmed : before,
      history: this.#history,
    };
  }
}

function newPid(): string {
  return randomBytes(15).toString("base64url");
}
