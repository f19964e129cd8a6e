import type { IncomingMessage, ServerResponse } from "node:http";
import type { DeadlineWheel } from "@everwire/websocket";
import { failure, TransportFailure } from "../failures.ts";
import { bodyTurns } from "../http/body-turns.ts";
import type { Headers } from "../http/cors.ts";
import { answer, answerFailure, TEXT } from "../http/http-answer.ts";
import { decodeJsonpForm, jsonpFormLimit } from "../http/jsonp-form.ts";
import { isBinaryBody } from "../http/polling-form.ts";
import { type BodyLimits, decodeBody, discardBody, readBytes } from "../http/request-body.ts";
import { SessionPayloadReader } from "../packet/session-packet.ts";
import type { ArrivalStream } from "./arrivals.ts";
import type { LosslessTransport } from "./lossless-transport.ts";

export interface UplinkOptions extends BodyLimits {
  readonly maxPacketsPerPayload: number;
}

/** A request body that is being applied. */
interface Body {
  readonly reader: SessionPayloadReader;
  readonly stream: ArrivalStream;
  /** Whether its messages begin beyond what has arrived. */
  beyond: boolean;
}

/** Bytes of a body for packets that go with its messages. */
const NUMBERS = 256;
/** Bodies of one session that may be under way: one, and those its client has given up. */
const MAX_POSTS = 4;

/** What a body's failure means for the session: these are the network's doing, and the client sends again. */
const HARMLESS: ReadonlySet<string> = new Set(["body_aborted", "body_timed_out", "body_too_slow", "too_many_posts"]);

/**
 * The request bodies of an Everwire session. A body that is sent again is applied from where the first one ended, even
 * while that is still being read: every message has its number.
 */
export class LosslessUplink {
  readonly lossless: LosslessTransport;
  readonly #options: UplinkOptions;
  readonly #wheel: DeadlineWheel;
  #posts = 0;

  constructor(lossless: LosslessTransport, options: UplinkOptions, wheel: DeadlineWheel) {
    this.lossless = lossless;
    this.#options = options;
    this.#wheel = wheel;
  }

  /** Applies a body and answers with the number of the last message received. `form`: it was posted by a form (jsonp). */
  async post(request: IncomingMessage, response: ServerResponse, headers: Headers, form: boolean): Promise<void> {
    this.#posts += 1;
    const result = this.#posts > MAX_POSTS ? failure("too_many_posts") : await this.#apply(request, form);
    this.#posts -= 1;
    if (result === undefined) {
      this.#answer(response, headers, form);
      return;
    }
    answerFailure(response, result, headers);
    discardBody(request, this.#wheel);
    if (!HARMLESS.has(result.reason)) {
      this.lossless.sink.lost(result.engineCode === undefined ? "transport error" : "parse error", result.reason);
    }
  }

  /** The page of a form cannot read the answer, so what it says has still to be said on the downlink. */
  #answer(response: ServerResponse, headers: Headers, form: boolean): void {
    const told = form ? `7${this.lossless.received}` : this.lossless.tell();
    answer(response, 200, TEXT, told, { ...headers, "x-content-type-options": "nosniff" });
    if (form) this.lossless.owe();
  }

  async #apply(request: IncomingMessage, form: boolean): Promise<TransportFailure | undefined> {
    if (isBinaryBody(request)) return failure("binary_body");
    const { maxPayload, bodyTimeout, minBodyRate } = this.#options;
    // A message that one transport takes must pass by every other: binary is longer here, and its number goes before it.
    const most = Math.ceil(maxPayload / 3) * 4 + NUMBERS;
    const limits = { bodyTimeout, minBodyRate, maxPayload: form ? jsonpFormLimit(most) : most };
    const pieces = await new Promise<readonly Buffer[] | TransportFailure>((resolve) => {
      readBytes(request, limits, this.#wheel, resolve);
    });
    if (pieces instanceof TransportFailure) return pieces;
    return new Promise((resolve) => {
      bodyTurns.apply<Body>(pieces, {
        open: (body) => this.#open(body, form ? most : undefined),
        step: (body) => this.#dispatch(body),
        done: resolve,
      });
    });
  }

  /** `most` is how long the content of a form may be. */
  #open(bytes: Buffer, most: number | undefined): Body | TransportFailure {
    const text = decodeBody(bytes);
    const payload = most !== undefined && typeof text === "string" ? decodeJsonpForm(text, most) : text;
    if (payload instanceof TransportFailure) return payload;
    const reader = new SessionPayloadReader(payload, this.#options.maxPacketsPerPayload);
    return { reader, stream: this.lossless.stream(), beyond: false };
  }

  /** Applies one packet: there may be more, or all are through, or one was refused. */
  #dispatch(body: Body): "more" | TransportFailure | undefined {
    // The session ended meanwhile: orderly, or because of a packet of this very body.
    if (this.lossless.closed) return this.lossless.discarded ? failure("bad_request") : undefined;
    const packet = body.reader.next();
    if (packet === undefined || packet instanceof TransportFailure) return packet;
    // A body that begins beyond what has arrived is one that overtook another: its client sends the messages again.
    if (packet.type === "next") body.beyond = packet.number > this.lossless.received + 1;
    const fault = body.beyond && packet.type === "message" ? undefined : this.lossless.packet(packet, body.stream);
    return fault ?? "more";
  }
}
