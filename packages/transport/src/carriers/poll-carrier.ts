import type { ServerResponse } from "node:http";
import { type DeadlineWheel, deadlines } from "@everwire/websocket";
import type { Headers } from "../http/cors.ts";
import { ignoreError, isOver, wasDelivered } from "../http/delivery.ts";
import { answer, TEXT } from "../http/http-answer.ts";
import { type Carrier, type CarrierSink, UNHEARD } from "../lossless/carrier.ts";
import { NOOP, type OutgoingPacket } from "../packet/outgoing-packet.ts";
import type { TransportName } from "../transport.ts";

/** `answered`: the answer is on its way. `over`: nobody is told anything any more. */
type State = "waiting" | "answered" | "over";

/** How long an answer may still be read after the session has moved on. Who does not read would hold it for ever. */
const END_MS = 5000;

/** How an answer holds its packets. */
export interface PollForm {
  readonly contentType: string;
  /** The body for a payload, which is packets joined by 0x1e. */
  body(payload: string): string;
}

const TEXT_FORM: PollForm = Object.freeze({ contentType: TEXT, body: (payload: string) => payload });

/** One long poll: it waits for a batch, takes it, and is complete when the answer has left. */
export class PollCarrier implements Carrier {
  readonly name: TransportName = "polling";
  sink: CarrierSink = UNHEARD;
  readonly #response: ServerResponse;
  readonly #headers: Headers;
  readonly #form: PollForm;
  readonly #wheel: DeadlineWheel;
  #state: State = "waiting";

  constructor(
    response: ServerResponse,
    headers: Headers,
    form: PollForm = TEXT_FORM,
    wheel: DeadlineWheel = deadlines,
  ) {
    this.#wheel = wheel;
    this.#response = response;
    this.#headers = headers;
    this.#form = form;
    response.once("finish", () => this.#finish(wasDelivered(response) ? "complete" : "broken"));
    response.once("close", () => this.#finish("broken"));
    // An error is followed by `close`; without a listener it would end the process.
    response.on("error", ignoreError);
    // Its `close` has already been; the session hears of it when it has set its sink.
    if (isOver(response)) process.nextTick(() => this.#finish("broken"));
  }

  get bufferedBytes(): number {
    return this.#state === "over" ? 0 : this.#response.writableLength;
  }

  get writable(): boolean {
    return this.#state === "waiting" && !isOver(this.#response) && !this.#response.headersSent;
  }

  send(packets: readonly OutgoingPacket[]): void {
    if (this.#state !== "waiting") return;
    this.#state = "answered";
    const payload = packets.map((packet) => packet.payload).join("\x1e");
    answer(this.#response, 200, this.#form.contentType, this.#form.body(payload), {
      ...this.#headers,
      "x-content-type-options": "nosniff",
    });
  }

  end(last: readonly OutgoingPacket[]): void {
    this.send(last.length === 0 ? [NOOP] : last);
    this.#state = "over";
    const response = this.#response;
    if (isOver(response) || response.writableFinished) return;
    const deadline = this.#wheel.set(END_MS, () => response.destroy());
    response.once("close", () => deadline.cancel());
  }

  #finish(how: "complete" | "broken"): void {
    if (this.#state === "over") return;
    this.#state = "over";
    this.sink.gone(how);
  }
}
