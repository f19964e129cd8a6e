import type { FrameFailure } from "../failures.ts";

/** RFC 6455 §7.4.1: what is reported when no close frame came. */
export const ABNORMAL = 1006;

/** How a connection ended, or is about to; all that do neither share one. */
export interface Ending {
  readonly code: number;
  readonly reason: string;
  /** Why this side ended it on its own account, if it did. */
  readonly failure: FrameFailure | undefined;
  /** Whether this side failed it. */
  readonly failed: boolean;
  /** The peer has closed, and our answer waits for messages that are being deflated. */
  readonly answerWaits: boolean;
}

export const NOT_ENDED: Ending = {
  code: ABNORMAL,
  reason: "",
  failure: undefined,
  failed: false,
  answerWaits: false,
};
