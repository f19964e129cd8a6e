import type { TransportName } from "./transport-form.ts";

const SEPARATOR = "\x1e";

/** Takes packets out of the body of one downlink response, which may come in any pieces. */
export interface PayloadReader {
  push(text: string, packet: (packet: string) => void): void;
  /** The body is complete. */
  end(packet: (packet: string) => void): void;
}

export function payloadReader(transport: TransportName): PayloadReader {
  switch (transport) {
    case "streaming":
      return new Records(SEPARATOR, (record) => record);
    case "sse":
      return new Records("\n\n", eventData);
    case "iframe":
      return new Records("</script>", scriptString);
    case "jsonp":
      return new Whole(scriptString);
    case "polling":
    case "short-polling":
    case "websocket":
      return new Whole((body) => body);
  }
}

/** A body that is one payload. */
class Whole implements PayloadReader {
  readonly #open: (body: string) => string | undefined;
  #body = "";

  constructor(open: (body: string) => string | undefined) {
    this.#open = open;
  }

  push(text: string): void {
    this.#body += text;
  }

  end(packet: (packet: string) => void): void {
    const body = this.#body;
    this.#body = "";
    split(this.#open(body), packet);
  }
}

/** A body of payloads, each followed by `end`. */
class Records implements PayloadReader {
  readonly #end: string;
  readonly #open: (record: string) => string | undefined;
  #rest = "";

  constructor(end: string, open: (record: string) => string | undefined) {
    this.#end = end;
    this.#open = open;
  }

  push(text: string, packet: (packet: string) => void): void {
    const records = (this.#rest + text).split(this.#end);
    this.#rest = records.pop() ?? "";
    for (const record of records) split(this.#open(record), packet);
  }

  end(): void {
    this.#rest = "";
  }
}

function split(payload: string | undefined, packet: (packet: string) => void): void {
  if (payload === undefined || payload === "") return;
  if (!payload.includes(SEPARATOR)) packet(payload);
  else for (const one of payload.split(SEPARATOR)) packet(one);
}

/** The line of data of an event; comments stand before it. */
function eventData(event: string): string | undefined {
  const at = event.startsWith("data: ") ? 0 : event.indexOf("\ndata: ") + 1;
  if (at === 0 && !event.startsWith("data: ")) return undefined;
  const data = event.slice(at + "data: ".length);
  if (!data.includes("\\")) return data;
  return data.replace(/\\([\\nr])/g, (_, unit: string) => (unit === "n" ? "\n" : unit === "r" ? "\r" : unit));
}

/** The string that a script hands to its function, if it calls one. */
function scriptString(script: string): string | undefined {
  const begin = script.indexOf('("');
  const end = script.lastIndexOf('")');
  return begin === -1 || end <= begin ? undefined : String(JSON.parse(script.slice(begin + 1, end + 1)));
}
