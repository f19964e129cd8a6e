/** The words in which families write their rows. */
import type { CloseCode, Expectation, Message, Step } from "../conformance-case.ts";
import { BINARY, CLOSE, CONTINUATION, PING, PONG, type Role, TEXT, type WireFrame } from "../wire-frame.ts";

export interface FamilyContext {
  /** The role the suite plays: `client` makes rows for servers. */
  readonly role: Role;
  /** The longest message the peer accepts. Rows that depend on it need "limit". */
  readonly limit: number;
}

export type Looks = Omit<WireFrame, "opcode" | "payload">;

export const DATA_TYPES = ["text", "binary"] as const;
export type DataType = (typeof DATA_TYPES)[number];

const NOTHING = Buffer.alloc(0);

/** 23 bytes of code points of one to four bytes. */
const TEXT_PATTERN = Buffer.from("plain, ä, €, 😀 ok. ");

export function bytesOf(data: string | Uint8Array): Uint8Array {
  return typeof data === "string" ? Buffer.from(data) : data;
}

export function frame(opcode: number, data: string | Uint8Array = NOTHING, looks: Looks = {}): Step {
  return { frame: { opcode, payload: bytesOf(data), ...looks } };
}

export const text = (data: string | Uint8Array, looks?: Looks): Step => frame(TEXT, data, looks);
export const binary = (data: string | Uint8Array, looks?: Looks): Step => frame(BINARY, data, looks);
export const more = (data: string | Uint8Array, looks?: Looks): Step => frame(CONTINUATION, data, looks);
export const ping = (data: string | Uint8Array, looks?: Looks): Step => frame(PING, data, looks);
export const pong = (data: string | Uint8Array, looks?: Looks): Step => frame(PONG, data, looks);

export function close(code?: number, reason: string | Uint8Array = NOTHING, looks?: Looks): Step {
  const head = code === undefined ? NOTHING : Buffer.from([code >> 8, code & 0xff]);
  return frame(CLOSE, Buffer.concat([head, bytesOf(reason)]), looks);
}

/** A first or middle fragment. */
export const UNFINISHED: Looks = { fin: false };

/** A message in fragments, whose first carries `looks`. */
export function fragments(type: DataType, parts: readonly (string | Uint8Array)[], looks: Looks = {}): Step[] {
  const opcode = type === "text" ? TEXT : BINARY;
  return parts.map((part, at) => {
    const fin = at === parts.length - 1;
    return at === 0 ? frame(opcode, part, { ...looks, fin }) : more(part, { fin });
  });
}

/** `bytes` in `count` parts of about the same size; some are empty when there are fewer bytes. */
export function inParts(bytes: Uint8Array, count: number): Uint8Array[] {
  const bound = (at: number): number => Math.floor((bytes.length * at) / count);
  return Array.from({ length: count }, (_, at) => bytes.subarray(bound(at), bound(at + 1)));
}

export function textMessage(data: string | Uint8Array): Message {
  return { text: true, data: bytesOf(data) };
}

export function binaryMessage(data: string | Uint8Array): Message {
  return { text: false, data: bytesOf(data) };
}

const payloads = new Map<string, Buffer>();

/** A payload of that many bytes, the same for all rows; of text, with code points of every length. */
export function payload(type: DataType, size: number): Buffer {
  const name = `${type} ${size}`;
  const made = payloads.get(name) ?? (type === "text" ? textOf(size) : bytesUpTo(size));
  payloads.set(name, made);
  return made;
}

function textOf(size: number): Buffer {
  const whole = Math.floor(size / TEXT_PATTERN.length) * TEXT_PATTERN.length;
  return Buffer.concat([Buffer.alloc(whole, TEXT_PATTERN), Buffer.alloc(size - whole, "x")]);
}

function bytesUpTo(size: number): Buffer {
  const bytes = Buffer.alloc(size);
  for (let at = 0; at < size; at++) bytes[at] = (at * 167 + (at >> 8) + 13) & 0xff;
  return bytes;
}

/** The connection stays open and echoes these. */
export function echoes(...messages: Message[]): Expectation {
  return { echoes: messages, end: { kind: "open" } };
}

/** The connection stays open; pings are answered. */
export function pongs(payloads: readonly (string | Uint8Array)[], ...messages: Message[]): Expectation {
  return { echoes: messages, pongs: payloads.map(bytesOf), end: { kind: "open" } };
}

/** The peer fails the connection; messages from before may have been echoed. */
export function fails(codes: number | readonly number[], ...messages: Message[]): Expectation {
  return { echoes: messages, end: { kind: "failed", codes: typeof codes === "number" ? [codes] : codes } };
}

/** The close frame of the suite is answered. */
export function answers(codes: readonly CloseCode[], ...messages: Message[]): Expectation {
  return { echoes: messages, end: { kind: "answered", codes } };
}

export const GONE: Expectation = { echoes: [], end: { kind: "gone" } };
