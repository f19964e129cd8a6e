import type { EngineTransport } from "../transport/engine-transport.ts";

/** Nothing to the server, and answered as any other payload. */
const NOTHING = "6";
/** Engine.IO, code 1: "Session ID unknown". Other refusals may be of one transport alone, or of something on the way. */
const OVER = /^HTTP 400: (\{"code":1\b|Session ID unknown)/;

/** Whether a refusal says that the server does not have the session. */
export function isSessionOver(detail: string | undefined): detail is string {
  return detail !== undefined && OVER.test(detail);
}

/** Asks the server whether it has the session. A browser does not tell why a WebSocket did not open. */
export class SessionInquiry {
  readonly #abort = new AbortController();
  #asking = false;

  /** One question at a time. `over` is not called after `stop`. */
  ask(transport: EngineTransport, over: (detail: string) => void): void {
    if (this.#asking || transport.post === undefined) return;
    this.#asking = true;
    transport
      .post(NOTHING, this.#abort.signal, false)
      .then(({ status, body }) => {
        const detail = `HTTP ${status}: ${body.slice(0, 200)}`;
        if (isSessionOver(detail) && !this.#abort.signal.aborted) over(detail);
      })
      .catch(() => undefined)
      .finally(() => {
        this.#asking = false;
      });
  }

  stop(): void {
    this.#abort.abort();
  }
}
