import type { Delivery } from "./delivery.ts";
import type { WireFrame } from "./wire-frame.ts";

/**
 * What a case needs beside a WebSocket echo. *deflate*: that permessage-deflate is agreed on. *limit*: that the longest
 * message the peer accepts is known. A case whose need is not met is skipped.
 */
export type Need = "deflate" | "limit";

interface Row {
  /** RFC, section, and what is done; the family is the part before the second slash. Unique and stable. */
  readonly id: string;
  readonly title: string;
  readonly needs?: Need;
}

/** One thing that the suite does once the connection is open. Frames and bytes up to the next wait leave together. */
export type Step =
  | { readonly frame: WireFrame }
  | { readonly bytes: Uint8Array }
  /** Waits for that many echoes, or pongs, counted from the beginning. */
  | { readonly awaitEchoes: number }
  | { readonly awaitPongs: number }
  /** Waits until the peer ends it, but not for long: one that goes on may do so, and is remarked on. */
  | { readonly hopeForClose: true }
  /** Ends our side of the TCP connection without a word. */
  | { readonly end: true };

export interface Message {
  readonly text: boolean;
  readonly data: Uint8Array;
}

/** A code of a close frame; `undefined` for a frame without one. */
export type CloseCode = number | undefined;

/**
 * How the connection ends. *open*: it does not, until the suite closes it with 1000, which is to be answered.
 * *answered*: the suite sent a close frame, which is answered with one of the codes. *failed*: the peer fails the
 * connection with one of the codes. *gone*: the TCP connection ends; with or without a close frame.
 */
export type End =
  | { readonly kind: "open" }
  | { readonly kind: "answered"; readonly codes: readonly CloseCode[] }
  | { readonly kind: "failed"; readonly codes: readonly number[] }
  | { readonly kind: "gone" };

export interface Expectation {
  /** All messages that come back, in order. Of a connection that fails, the first ones may. */
  readonly echoes: readonly Message[];
  /** RFC 6455 §5.5.3: pongs for pings before the last may be left out. */
  readonly pongs?: readonly Uint8Array[];
  readonly end: End;
}

/** What permessage-deflate is to be agreed on: offered to a server, or the answer to a client's offer. */
export interface DeflateTerms {
  readonly offer: string;
  readonly answer: string;
  /** Whether messages of the suite refer to earlier ones: not possible when it agreed to forget them. */
  readonly takeover?: boolean;
}

/** Frames on an open connection, sent in the role that the suite plays. */
export interface FrameCase extends Row {
  readonly kind: "frames";
  readonly send: readonly Step[];
  readonly delivery?: Delivery;
  /** Whether the first frames leave together with the opening handshake. */
  readonly early?: boolean;
  readonly terms?: DeflateTerms;
  /** Any of them will do. */
  readonly expect: readonly Expectation[];
  /** Allowed by the RFC but not what it recommends: remarked on. */
  readonly tolerate?: readonly Expectation[];
  /** Whether each masking key must differ from the one before (RFC 6455 §5.3). Looked at in clients. */
  readonly freshKeys?: boolean;
}

/** What a server answers to an opening handshake. 101 with everything that RFC 6455 §4.2.2 asks for is "accepted". */
export interface AnswerExpectation {
  readonly status: readonly number[];
  readonly headers?: Readonly<Record<string, string>>;
  /** Statuses that are remarked on; `refusal` is any of 400 to 599, `any` every answer but 101. */
  readonly tolerate?: readonly (number | "refusal" | "any")[];
  /** Whether closing without an answer will do as well: such bytes are hardly HTTP. */
  readonly silence?: boolean;
  /** What must not appear in anything that comes back. */
  readonly forbidden?: string;
  /** The value of Sec-WebSocket-Accept, where the RFC gives it. */
  readonly accept?: string;
  /** For an answer of 101: no extension, or any that fits the offer. */
  readonly extension?: "none" | "fitting";
  /** For an answer of 101: the subprotocols that may be chosen. */
  readonly protocols?: readonly string[];
}

/** An opening handshake for a server: `{host}`, `{path}` and `{key}` are filled in. */
export interface RequestCase extends Row {
  readonly kind: "request";
  readonly send: string;
  readonly delivery?: Delivery;
  readonly expect: AnswerExpectation;
}

/** The answer to a client's opening handshake: `{accept}` is filled in. A text message follows in the same segment. */
export interface AnswerCase extends Row {
  readonly kind: "answer";
  readonly send: string;
  readonly delivery?: Delivery;
  /** Whether the client opens, and echoes, or fails; `either` where the RFC leaves it open. */
  readonly expect: "opens" | "fails" | "either";
  /** Of a client that offered an extension: what it offered is to be taken up in the answer. */
  readonly offered?: string;
}

export type ConformanceCase = FrameCase | RequestCase | AnswerCase;

export type Status = "pass" | "tolerated" | "fail" | "skip";

export interface CaseResult {
  readonly id: string;
  readonly title: string;
  readonly status: Status;
  /** Why it is not a pass, "" when it is. */
  readonly detail: string;
  /** Milliseconds. */
  readonly duration: number;
}
