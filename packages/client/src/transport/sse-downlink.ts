import { ClientError } from "../failures.ts";
import { EventStreamReader } from "../packet/event-stream-reader.ts";
import { BodyDownlink, type BodyReader } from "./body-downlink.ts";
import type { Downlink, DownlinkHandler, DownlinkSetup } from "./downlink.ts";
import { DownlinkReport } from "./downlink-report.ts";
import { reportThrown } from "./thrown-failure.ts";

const ESCAPES: ReadonlyMap<string | undefined, string> = new Map([
  ["\\", "\\"],
  ["n", "\n"],
  ["r", "\r"],
]);

/** Server-sent events: the platform's own EventSource where it has one, else a reader of our own. */
export function openSseDownlink(url: string, setup: DownlinkSetup, handler: DownlinkHandler): Downlink {
  return setup.connector.events === undefined
    ? new BodyDownlink(url, setup, handler, eventBody(setup.connector.maxMessageBytes))
    : new EventSourceDownlink(url, setup, handler);
}

function eventBody(limit: number): BodyReader {
  const events = new EventStreamReader(limit);
  return {
    mediaType: "text/event-stream",
    // HTML, "Server-sent events", §9.2.6: an event that the end of the stream cuts is not one.
    complete: true,
    push: (text, payload) => events.push(text, (data) => payload(unescapeData(data))),
  };
}

/** A browser tells neither status nor reason, and not even whether the response ended or broke off. */
class EventSourceDownlink implements Downlink {
  readonly #url: string;
  readonly #connector: DownlinkSetup["connector"];
  readonly #report: DownlinkReport;
  #stop: (() => void) | undefined;

  constructor(url: string, setup: DownlinkSetup, handler: DownlinkHandler) {
    this.#url = url;
    this.#connector = setup.connector;
    this.#report = new DownlinkReport(handler, () => this.#stop?.());
  }

  open(): void {
    this.#stop = this.#connector.events?.(this.#url, {
      message: (data) => this.#read(data),
      over: () => this.#over(),
    });
  }

  close(): void {
    this.#report.close();
  }

  #read(data: string): void {
    let packets: string;
    try {
      if (data.length > this.#connector.maxMessageBytes) throw new ClientError("message_too_large");
      packets = unescapeData(data);
    } catch (error) {
      reportThrown(this.#report, error);
      return;
    }
    this.#report.came();
    this.#report.payload(packets);
  }

  #over(): void {
    if (this.#report.begun) this.#report.ended();
    else this.#report.failed("request_failed", "no events came");
  }
}

/** docs/protocol/session.md, "Server-sent events": line breaks of the data are escaped with a backslash. */
function unescapeData(data: string): string {
  if (!data.includes("\\")) return data;
  return data.replace(/\\(.?)/gs, (_, name: string) => {
    const character = ESCAPES.get(name);
    if (character === undefined) throw new ClientError("parse_error", { message: "an escape that is not one" });
    return character;
  });
}
