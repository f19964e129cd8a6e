import { randomBytes } from "node:crypto";
import { scriptText } from "../http/script-text.ts";
import { PADDING_BYTES, type StreamForm } from "./stream-form.ts";

/** For whom a page of the iframe transport is made. */
export interface IframePage {
  /** The origin of the page that holds the iframe, already admitted by the origin policy. */
  readonly origin: string;
  /** The turn of the attach, which the page's listener knows its messages by. */
  readonly turn: number;
  /** The secret of the page that holds the iframe, if it named one: the document shows by it that it is the server's. */
  readonly key?: string | undefined;
}

/** A browser keeps every script of a page until the page goes, so its life is shorter than that of other streams. */
const RECYCLE_BYTES = 256 * 1024;
/**
 * No loads, no forms, and a sandbox without an origin: were a message ever to become a script, that script could not reach
 * the page around it, nor the cookies and the storage of the server's origin.
 */
const POLICY = "sandbox allow-scripts; default-src 'none'; base-uri 'none'; form-action 'none'";
const NONCE_BYTES = 16;
const MAX_ORIGIN = 300;
const KEY = /^[\w-]{1,64}$/;
/** A scheme, a host (a name, IPv4, or IPv6 in brackets) and a port: nothing that could end a header's directive. */
const ORIGIN = /^[a-z][a-z0-9+.-]*:\/\/(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?$/;

/**
 * The hidden iframe: a page that never ends, whose scripts hand their packets to the page around it and to no other
 * origin. Undefined for an origin that no page can have; `*` and `null` are none. And for a key that is none.
 */
export function iframeForm({ origin, turn, key }: IframePage): StreamForm | undefined {
  if (origin.length > MAX_ORIGIN || !ORIGIN.test(origin)) return undefined;
  if (key !== undefined && !KEY.test(key)) return undefined;
  const nonce = randomBytes(NONCE_BYTES).toString("base64");
  const open = `<script nonce="${nonce}">`;
  const secret = key === undefined ? "" : `key:"${key}",`;
  const receive = `parent.postMessage({everwire:${turn},${secret}payload:payload},"${scriptText(origin)}")`;
  const head = `<!doctype html><meta charset="utf-8">${open}function p(payload){${receive}}</script>`;
  return {
    name: "iframe",
    headers: {
      "content-type": "text/html; charset=UTF-8",
      "content-security-policy": `${POLICY}; script-src 'nonce-${nonce}'; frame-ancestors ${origin}`,
      "referrer-policy": "no-referrer",
    },
    beginning: Buffer.from(`${head}${" ".repeat(PADDING_BYTES - 1)}\n`),
    recycleBytes: RECYCLE_BYTES,
    packet: scriptText,
    before: Buffer.from(`${open}p("`),
    between: Buffer.from(scriptText("\x1e")),
    after: Buffer.from('")</script>\n'),
  };
}
