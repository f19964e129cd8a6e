import { ProtocolFailure, type Refusal, refusalOf } from "@everwire/protocol";
import { ClientError, type ClientFailureCode, clientFailure } from "../failures.ts";
import type { Clock } from "../transport/clock.ts";

/** A call waits this long, ms, for its answer before it counts as lost. */
const CALL_TIMEOUT = 30_000;

/** What a channel needs of its socket. */
export interface ChannelLink {
  readonly clock: Clock;
  readonly connected: boolean;
  /**
   * Sends an event now and resolves with its acknowledgement: a refusal when it could not be sent as it is, undefined when
   * there was no answer, because the connection or the time went by. Never rejects. `answered` is called at the moment of the
   * answer, before anything that came after it is handed on.
   */
  request(event: string, body: object | undefined, timeout: number, answered?: () => void): Promise<unknown>;
  /** Sends an event if it can leave at once. */
  signal(event: string, body: object): void;
  /** Milliseconds to wait before trying once more; attempts count from 0. */
  retryDelay(attempt: number): number;
}

/** The socket under the channels. */
export interface ChannelHost {
  readonly clock: Clock;
  readonly connected: boolean;
  /** Throws a ClientError when the event cannot be sent as it is. */
  emit(
    flags: { readonly volatile?: boolean; readonly timeout?: number; readonly unbuffered?: boolean },
    event: string,
    args: readonly unknown[],
  ): void;
  retryDelay(attempt: number): number;
}

export function linkOf(host: ChannelHost): ChannelLink {
  return {
    clock: host.clock,
    get connected() {
      return host.connected;
    },
    request: (event, body, timeout, answered) => request(host, event, body, timeout, answered),
    signal: (event, body) => host.emit({ volatile: true }, event, [body]),
    retryDelay: (attempt) => host.retryDelay(attempt),
  };
}

function request(
  host: ChannelHost,
  event: string,
  body: object | undefined,
  timeout: number,
  answered?: () => void,
): Promise<unknown> {
  if (!host.connected) return Promise.resolve(undefined);
  return new Promise((resolve) => {
    const settle = (error: Error | null, reply: unknown): void => {
      answered?.();
      resolve(error === null ? reply : undefined);
    };
    try {
      host.emit({ timeout, unbuffered: true }, event, body === undefined ? [settle] : [body, settle]);
    } catch (error) {
      const lost = !(error instanceof ClientError) || error.code === "not_connected";
      resolve(lost ? undefined : refused(error.code));
    }
  });
}

/** Undefined: nobody knows whether the call was done. */
export type Answer<T> = T | Refusal | undefined;

export async function ask<T>(
  link: ChannelLink,
  event: string,
  body: object,
  decode: (value: unknown) => T | Refusal | ProtocolFailure,
  answered?: () => void,
): Promise<Answer<T>> {
  const reply = await link.request(event, body, CALL_TIMEOUT, answered);
  if (reply === undefined) return undefined;
  const answer = decode(reply);
  return answer instanceof ProtocolFailure ? refusalOf(answer) : answer;
}

/** A failure on this side, in the form of the server's refusals. */
export function refused(code: ClientFailureCode): Refusal {
  const { meaning: message, retry } = clientFailure(code);
  return { ok: false, error: { code, message, retry } };
}
