import type { IncomingMessage } from "node:http";
import type { UpgradeRefusal } from "../handshake/upgrade.ts";

/** What `verifyClient` is told of a request. */
export interface ClientInfo {
  /** The Origin header; "" when there is none, as only browsers always send it. */
  readonly origin: string;
  /** Whether the connection to this process, perhaps a proxy's, is encrypted. */
  readonly secure: boolean;
  readonly req: IncomingMessage;
}

/** How an asynchronous `verifyClient` gives its answer; a refusal is 401 unless it says otherwise. */
export type VerifyDone = (
  accepted: boolean,
  status?: number,
  body?: string,
  headers?: Readonly<Record<string, string>>,
) => void;

/** With one parameter the answer is what it returns, with two it is what `done` is called with. */
export type VerifyClient = (info: ClientInfo, done: VerifyDone) => unknown;

/** Returns a refusal, or nothing. The signal is aborted when the client goes away or the time is up. */
export type Verify = (
  request: IncomingMessage,
  signal: AbortSignal,
) => UpgradeRefusal | undefined | Promise<UpgradeRefusal | undefined>;

const UNAUTHORIZED = 401;

/** A `verifyClient` as `verify`. */
export function fromVerifyClient(verifyClient: VerifyClient): Verify {
  return (request) => {
    const secure = Reflect.get(request.socket, "encrypted") === true;
    const info = { origin: request.headers.origin ?? "", secure, req: request };
    return new Promise((resolve) => {
      const done = answerTo(resolve);
      const answer = verifyClient(info, done);
      if (verifyClient.length < 2) done(Boolean(answer));
    });
  };
}

function answerTo(resolve: (refusal: UpgradeRefusal | undefined) => void): VerifyDone {
  return (accepted, status = UNAUTHORIZED, body = "", headers = {}) =>
    resolve(accepted ? undefined : { status, body, headers });
}
