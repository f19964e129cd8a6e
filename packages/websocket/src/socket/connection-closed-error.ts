import type { FrameFailure, FrameFailureCode } from "../failures.ts";

/** How a connection ended. */
export interface CloseInfo {
  /** The peer's code, 1005 without one, 1006 when there was no close frame; or that of the failure this side found. */
  readonly code: number;
  readonly reason: string;
  /** Whether the peer sent a close frame, rather than vanishing or breaking a rule. */
  readonly wasClean: boolean;
}

/** The connection is over: for who waits for a message, and on `error` when this side had to end it. */
export class ConnectionClosedError extends Error {
  override readonly name = "ConnectionClosedError";
  /** The failure of FRAME_FAILURES when this side ended the connection for it, else `connection_closed`. */
  readonly code: FrameFailureCode | "connection_closed";
  readonly closeCode: number;
  readonly reason: string;

  constructor({ code, reason }: CloseInfo, failure?: FrameFailure) {
    super(failure?.meaning ?? `the connection was closed with ${code}${reason === "" ? "" : `: ${reason}`}`);
    this.code = failure?.code ?? "connection_closed";
    this.closeCode = code;
    this.reason = reason;
  }
}
