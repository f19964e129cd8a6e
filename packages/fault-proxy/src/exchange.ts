import type { HttpHead } from "./http-head.ts";

/** One request and what answers it. */
export class Exchange {
  readonly method: string;
  readonly startLine: string;
  /** After an upgrade nothing is to pass. */
  readonly muted: boolean;
  /** Whether the faults of HTTP apply to it. */
  readonly isTargeted: boolean;
  answered = false;

  constructor(head: HttpHead, isTargeted: boolean, muted: boolean) {
    this.method = head.method;
    this.startLine = head.startLine;
    this.isTargeted = isTargeted;
    this.muted = muted;
  }

  isUpgradedBy(response: HttpHead): boolean {
    // RFC 9110 §9.3.6: any 2xx to CONNECT makes a tunnel.
    return response.status === 101 || (this.method === "CONNECT" && response.status >= 200 && response.status < 300);
  }
}
