import { type ClientFailureCode, clientFailure } from "../failures.ts";

/** Why a channel refused: `code` is the server's or one of this package's, `retry` whether trying again can help. */
export class ChannelError extends Error {
  override readonly name: string = "ChannelError";
  readonly code: string;
  readonly retry: boolean;

  constructor(code: string, message: string, retry: boolean) {
    super(message);
    this.code = code;
    this.retry = retry;
  }

  static of(code: ClientFailureCode): ChannelError {
    const failure = clientFailure(code);
    return new ChannelError(code, failure.meaning, failure.retry);
  }
}
