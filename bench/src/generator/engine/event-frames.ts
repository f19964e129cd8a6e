import { BINARY, clientFrame, serverFrame, TEXT } from "../frame.ts";
import type { EventQuestion } from "../job.ts";
import { payloadBytes } from "../payload.ts";

/** Bytes of an event's one argument: with the rest of a packet it makes about 64. */
const ARGUMENT_BYTES = 50;
const ATTACHMENT_BYTES = 1024;

export const ARGUMENT: string = payloadBytes({ kind: "text", bytes: ARGUMENT_BYTES }).toString();

/** A question as it goes up, and its answer as it comes down, both with their framing. */
export interface Exchange {
  readonly question: Buffer;
  readonly answer: Buffer;
}

/** Socket.IO protocol 5: both servers under test answer with the same bytes. */
export function exchangeOf(question: EventQuestion): Exchange {
  switch (question) {
    case "event":
      return textExchange(`42${JSON.stringify(["echo", ARGUMENT])}`, `42${JSON.stringify(["echo", ARGUMENT])}`);
    case "acknowledgement":
      return textExchange(`427${JSON.stringify(["ask", ARGUMENT])}`, `437${JSON.stringify([ARGUMENT])}`);
    case "attachment": {
      const text = Buffer.from(`451-${JSON.stringify(["bytes", { _placeholder: true, num: 0 }])}`);
      const bytes = payloadBytes({ kind: "binary", bytes: ATTACHMENT_BYTES });
      return {
        question: Buffer.concat([clientFrame(TEXT, text), clientFrame(BINARY, bytes)]),
        answer: Buffer.concat([serverFrame(TEXT, text), serverFrame(BINARY, bytes)]),
      };
    }
  }
}

/** An event from the server. */
export function deliveryOf(...args: readonly [string, ...unknown[]]): Buffer {
  return serverFrame(TEXT, Buffer.from(`42${JSON.stringify(args)}`));
}

/** An event to the server. */
export function requestOf(...args: readonly [string, ...unknown[]]): Buffer {
  return clientFrame(TEXT, Buffer.from(`42${JSON.stringify(args)}`));
}

function textExchange(question: string, answer: string): Exchange {
  return {
    question: clientFrame(TEXT, Buffer.from(question)),
    answer: serverFrame(TEXT, Buffer.from(answer)),
  };
}
