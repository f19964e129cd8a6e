import type { ServerResponse } from "node:http";
import type { Headers } from "../http/cors.ts";
import { OutgoingPacket } from "../packet/outgoing-packet.ts";
import { PollCarrier } from "./poll-carrier.ts";

/**
 * One short poll: a session answers it at once, with what there is. The answer ends with the time after which the client
 * should ask again, which `hint` gives in milliseconds.
 */
export class ShortPollCarrier extends PollCarrier {
  override readonly name = "short-polling";
  readonly #hint: () => number;

  constructor(response: ServerResponse, headers: Headers, hint: () => number) {
    super(response, headers);
    this.#hint = hint;
  }

  override send(packets: readonly OutgoingPacket[]): void {
    super.send([...packets, OutgoingPacket.raw(`6${this.#hint()}`)]);
  }
}
