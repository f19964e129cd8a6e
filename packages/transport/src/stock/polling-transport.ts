import type { IncomingMessage, ServerResponse } from "node:http";
import { type EngineRevision, type PayloadReader, ProtocolFailure } from "@everwire/protocol";
import type { Deadline, DeadlineWheel } from "@everwire/websocket";
import { failure, TransportFailure } from "../failures.ts";
import { bodyTurns } from "../http/body-turns.ts";
import type { Headers } from "../http/cors.ts";
import { hasLeft, isOver, wasDelivered } from "../http/delivery.ts";
import { answer, answerFailure, HTML } from "../http/http-answer.ts";
import {
  answerPoll,
  bodyLimits,
  isBinaryBody,
  type PollingExchange,
  type PollingOptions,
  readerOf,
} from "../http/polling-form.ts";
import { discardBody, readBytes, skipBody } from "../http/request-body.ts";
import { atTurnEnd, type TurnWork } from "../http/turn-end.ts";
import { CLOSE, NOOP, type OutgoingPacket } from "../packet/outgoing-packet.ts";
import type { SendQueue } from "../packet/send-queue.ts";
import { DETACHED, type Ending, type Transport, type TransportSink } from "../transport.ts";

/**
 * - `probing`: an upgrade has been probed, so waiting polls are released to let the client pause.
 * - `retiring`: the client has switched; what it sent before is still being dispatched.
 * - `lingering`: the session is closed and the next poll is told so.
 */
type Mode = "open" | "probing" | "retiring" | "lingering" | "ended";

/** Packets given to an answer that the operating system has not taken yet. */
interface Flight {
  readonly response: ServerResponse;
  readonly packets: readonly OutgoingPacket[];
  readonly bytes: number;
  /** Where they came from. */
  readonly queue: SendQueue;
}

/** How long a closed session waits for the poll that is to hear of it; the last one must not be longer ago. */
const LINGER_MS = 5000;
/** How long an answer may still be read after the session's end. Who does not read would hold it for ever. */
const LANDING_MS = 5000;
/** Polls of a probing client that are released at once; later ones are paced. */
const PROMPT_NOOPS = 3;
const NOOP_PACE_MS = 100;

/** The answer to a body that has been dispatched. */
class Okay implements TurnWork {
  readonly #response: ServerResponse;
  readonly #headers: Headers;

  constructor(response: ServerResponse, headers: Headers) {
    this.#response = response;
    this.#headers = headers;
  }

  endTurn(): void {
    answer(this.#response, 200, HTML, "ok", this.#headers);
  }
}

/** Packets as bodies of HTTP requests: at most one GET waits for packets, at most one POST brings some. */
export class PollingTransport implements Transport, TurnWork {
  readonly name = "polling";
  sink: TransportSink = DETACHED;
  readonly #options: PollingOptions;
  readonly #wheel: DeadlineWheel;
  readonly #revision: EngineRevision;
  #mode: Mode = "open";
  #ending: Ending | undefined;
  #queue: SendQueue | undefined;
  #poll: PollingExchange | undefined;
  #flight: Flight | undefined;
  /** When the client last polled, or had its answer. */
  #polled = performance.now();
  #flushing = false;
  #posting = false;
  #noops = 0;
  #deadline: Deadline | undefined;
  #retired: (() => void) | undefined;

  constructor(options: PollingOptions, wheel: DeadlineWheel, revision: EngineRevision = 4) {
    this.#options = options;
    this.#wheel = wheel;
    this.#revision = revision;
  }

  /** False when the session has moved to another transport, or is over. */
  get accepting(): boolean {
    return this.#mode !== "retiring" && this.#mode !== "ended";
  }

  get bufferedBytes(): number {
    return this.#flight?.bytes ?? 0;
  }

  get listening(): boolean {
    return this.#poll !== undefined || this.#flight !== undefined;
  }

  /**
   * A GET: holds it until there are packets. A second one while one waits ends the session. `jsonp` is the index of the
   * callback in a page that can only load scripts.
   */
  poll(response: ServerResponse, headers: Headers, jsonp?: string): void {
    // Handed over too late: its `close` has been, and a poll that nobody waits for would stand in the way of the next.
    if (isOver(response)) return;
    if (this.#poll !== undefined) {
      answerFailure(response, failure("two_polls"), headers);
      this.sink.lost("transport error", "two_polls");
      return;
    }
    skipBody(response.req);
    const poll = { response, headers, jsonp };
    this.#poll = poll;
    // A client that leaves before it was answered loses nothing: what is queued waits for its next poll.
    response.on("close", () => {
      if (this.#poll === poll) this.#release();
      this.#land(response, false);
    });
    if (this.#mode === "lingering" && this.#queue !== undefined) {
      this.end(this.#queue, "finish");
      return;
    }
    this.sink.ready();
    this.#releasePoll();
  }

  /** A POST: dispatches its packets in slices and answers when all are through. A second one meanwhile ends the session. */
  post(request: IncomingMessage, response: ServerResponse, headers: Headers, jsonp?: string): void {
    const refusal = this.#refusePost(request);
    if (refusal !== undefined) {
      this.#answerPost(request, response, headers, refusal);
      this.sink.lost("transport error", refusal.reason);
      return;
    }
    this.#posting = true;
    const dispatched = (result: TransportFailure | undefined): void => {
      this.#answerPost(request, response, headers, result);
      this.#posting = false;
      // Of a body that was cut off nothing has been dispatched, and its client may well come back.
      if (result !== undefined && result.reason !== "body_aborted") {
        this.sink.lost(result.engineCode === undefined ? "transport error" : "parse error", result.reason);
      }
      this.#checkRetired();
    };
    readBytes(request, bodyLimits(this.#options, jsonp), this.#wheel, (body) => {
      if (body instanceof TransportFailure) {
        dispatched(body);
        return;
      }
      bodyTurns.apply<PayloadReader>(body, {
        open: (bytes) => readerOf(bytes, request, this.#options, this.#revision, jsonp),
        step: (reader) => this.#dispatch(reader),
        done: dispatched,
      });
    });
  }

  /** Coalesces: what one turn of the event loop queues leaves in one answer. */
  pull(queue: SendQueue): void {
    this.#queue = queue;
    if (this.#flushing || queue.empty || this.#poll === undefined) return;
    this.#flushing = true;
    atTurnEnd("answer", this);
  }

  endTurn(): void {
    this.#flushing = false;
    if (this.#queue !== undefined) this.#flush(this.#queue);
  }

  end(queue: SendQueue, how: Ending): void {
    if (this.#mode === "ended") return;
    this.#queue = queue;
    this.#ending = how;
    this.#deadline?.cancel();
    if (how === "linger" && this.#poll === undefined && this.#polls) {
      this.#mode = "lingering";
      this.#deadline = this.#wheel.set(LINGER_MS, () => this.end(queue, "finish"));
      return;
    }
    this.#mode = "ended";
    if (how === "answer") this.#respond([NOOP]);
    else if (how === "discard") this.#respond([CLOSE]);
    else this.#respond([...queue.take(Number.POSITIVE_INFINITY), CLOSE]);
    const response = this.#flight?.response;
    if (response !== undefined) this.#deadline = this.#wheel.set(LANDING_MS, () => response.destroy());
    this.sink.gone();
  }

  /** A WebSocket has been probed: from now on no poll is held, so that the client can pause polling. */
  beginProbe(): void {
    this.#mode = "probing";
    this.#noops = 0;
    this.#releasePoll();
  }

  /** The probe came to nothing; polling goes on. */
  endProbe(): void {
    if (this.#mode !== "probing") return;
    this.#mode = "open";
    this.#deadline?.cancel();
  }

  /**
   * The client has switched. `done` runs, perhaps within this call, when all that came by polling has been dispatched and
   * it is known of every packet whether it left.
   */
  retire(done: () => void): void {
    this.#mode = "retiring";
    this.#deadline?.cancel();
    this.#respond([NOOP]);
    this.#retired = done;
    this.#checkRetired();
  }

  #checkRetired(): void {
    if (this.#mode !== "retiring" || this.#posting || this.#flight !== undefined) return;
    this.#mode = "ended";
    this.#retired?.();
  }

  #flush(queue: SendQueue): void {
    if (this.#poll === undefined || this.#flight !== undefined || !this.accepting) return;
    const { response } = this.#poll;
    // Gone, or answered by somebody else who saw the request: packets given to it would be lost.
    if (isOver(response) || response.headersSent) return;
    const packets = queue.take(this.#options.maxPayload);
    if (packets.length === 0) return;
    this.#respond(packets);
    if (hasLeft(response)) this.sink.ready();
    else this.#track(response, packets, queue);
  }

  /** Keeps packets until the answer has left; if its connection breaks before, they are queued again, in front. */
  #track(response: ServerResponse, packets: readonly OutgoingPacket[], queue: SendQueue): void {
    let bytes = 0;
    for (const packet of packets) bytes += packet.byteLength;
    this.#flight = { response, packets, bytes, queue };
    response.on("finish", () => {
      if (wasDelivered(response)) this.#land(response, true);
    });
  }

  /** The answer with this response has left, or it will not. */
  #land(response: ServerResponse, left: boolean): void {
    const flight = this.#flight;
    if (flight?.response !== response) return;
    this.#flight = undefined;
    if (this.#mode === "ended") this.#deadline?.cancel();
    if (!left) flight.queue.putBack(flight.packets);
    this.#checkRetired();
    this.sink.ready();
  }

  /** Whether another poll is to be expected: a client that has switched polls no more, and one that stopped is gone. */
  get #polls(): boolean {
    if (this.#mode === "retiring") return false;
    return this.#flight !== undefined || performance.now() - this.#polled < LINGER_MS;
  }

  #release(): PollingExchange | undefined {
    const poll = this.#poll;
    this.#poll = undefined;
    this.#polled = performance.now();
    return poll;
  }

  #respond(packets: readonly OutgoingPacket[]): void {
    const poll = this.#release();
    if (poll !== undefined) answerPoll(poll, packets, this.#revision);
  }

  #releasePoll(): void {
    if (this.#mode !== "probing" || this.#poll === undefined || this.#queue?.empty === false) return;
    if (this.#noops++ < PROMPT_NOOPS) {
      this.#respond([NOOP]);
      return;
    }
    this.#deadline?.cancel();
    this.#deadline = this.#wheel.set(NOOP_PACE_MS, () => this.#respond([NOOP]));
  }

  #refusePost(request: IncomingMessage): TransportFailure | undefined {
    if (this.#posting) return failure("two_posts");
    return this.#revision === 4 && isBinaryBody(request) ? failure("binary_body") : undefined;
  }

  /** Dispatches one packet: there may be more, or all are through, or one was none. */
  #dispatch(reader: PayloadReader): "more" | TransportFailure | undefined {
    // The session ended meanwhile: orderly, or because of a packet of this very body.
    if (this.#mode === "ended" || this.#mode === "lingering") {
      return this.#ending === "discard" ? failure("bad_request") : undefined;
    }
    const packet = reader.next();
    if (packet === undefined) return undefined;
    if (packet instanceof ProtocolFailure) return failure("parse_error");
    this.sink.packet(packet);
    return "more";
  }

  #answerPost(
    request: IncomingMessage,
    response: ServerResponse,
    headers: Headers,
    result: TransportFailure | undefined,
  ): void {
    if (result === undefined) {
      atTurnEnd("answer", new Okay(response, headers));
      return;
    }
    answerFailure(response, result, headers);
    discardBody(request, this.#wheel);
  }
}
