import type { Clock } from "./clock.ts";
import type { Connector, PlatformPage, PlatformResponse } from "./connector.ts";

/** How long a form may take, ms. */
const DEADLINE = 20_000;

export interface JsonpUplinkSetup {
  readonly connector: Connector;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * Sends one body of packets as the form field `d`.
 *
 * To another origin it is sent by a real form, whose answer a page cannot read: the response is then 200 with an empty
 * body whatever happened, and only the acknowledgement on the downlink says what arrived. Rejects as
 * `Connector.request` does, and when no answer came in time.
 */
export function sendJsonpUplink(url: string, body: string, setup: JsonpUplinkSetup): Promise<PlatformResponse> {
  const { connector, signal } = setup;
  const d = escapeLineBreaks(body);
  if (connector.page === undefined || connector.page.origin === new URL(url).origin) {
    const contentType = "application/x-www-form-urlencoded;charset=UTF-8";
    return connector.request({ url, body: new URLSearchParams({ d }).toString(), contentType, signal });
  }
  return submitForm(url, d, connector.page, setup);
}

function submitForm(
  url: string,
  d: string,
  page: PlatformPage,
  { clock, signal }: JsonpUplinkSetup,
): Promise<PlatformResponse> {
  return new Promise((resolve, reject) => {
    const refuse = (message: string): void => {
      stop();
      reject(new Error(message));
    };
    const aborted = (): void => refuse("given up");
    if (signal.aborted) {
      reject(new Error("given up"));
      return;
    }
    signal.addEventListener("abort", aborted);
    const cancel = clock.after(DEADLINE, () => refuse("the form was not answered in time"));
    const remove = page.submit(url, { d }, () => {
      stop();
      resolve({ status: 200, body: "" });
    });
    function stop(): void {
      signal.removeEventListener("abort", aborted);
      cancel();
      remove();
    }
  });
}

/**
 * As Engine.IO clients do: a form turns every line break into CR LF, so LF travels as `\n`, and `\n` as `\\n`. CR has no
 * such form; packets never hold one, because JSON and base64 do not.
 */
function escapeLineBreaks(body: string): string {
  return body.replaceAll("\\n", "\\\\n").replaceAll("\n", "\\n");
}
