import { ClientError } from "../failures.ts";

/**
 * Reads `text/event-stream` in pieces (HTML, "Server-sent events", §9.2.6): the data of each event, in order. Other
 * fields and comments are passed over: nothing in a session depends on them.
 */
export class EventStreamReader {
  readonly #limit: number;
  #begun = false;
  /** The text so far ended with CR: an LF right after it belongs to the same line end. */
  #afterReturn = false;
  /** Pieces of the line under way. */
  #line: string[] = [];
  /** Lines of data of the event under way. */
  #data: string[] = [];
  /** UTF-16 units in both. */
  #length = 0;

  /** A bound on one event, in UTF-16 units. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  push(text: string, event: (data: string) => void): void {
    let rest = text;
    if (!this.#begun) {
      this.#begun = true;
      // "One leading U+FEFF BYTE ORDER MARK character must be ignored".
      if (rest.startsWith("\ufeff")) rest = rest.slice(1);
    }
    if (this.#afterReturn && rest.startsWith("\n")) rest = rest.slice(1);
    if (text !== "") this.#afterReturn = rest.endsWith("\r");
    const lines = rest.split(/\r\n|\r|\n/);
    const last = lines.pop() ?? "";
    for (const line of lines) {
      this.#keep(line);
      this.#endLine(event);
    }
    this.#keep(last);
  }

  #keep(text: string): void {
    if (text === "") return;
    this.#length += text.length;
    if (this.#length > this.#limit) throw new ClientError("message_too_large");
    this.#line.push(text);
  }

  #endLine(event: (data: string) => void): void {
    const line = this.#line.join("");
    this.#line = [];
    if (line === "") {
      this.#endEvent(event);
      return;
    }
    const [, name, value] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? [];
    if (name === "data") this.#data.push(value ?? "");
    // What is not kept does not count.
    else this.#length -= line.length;
  }

  #endEvent(event: (data: string) => void): void {
    const data = this.#data;
    this.#data = [];
    this.#length = 0;
    // "If the data buffer is an empty string, … return."
    if (data.length > 0) event(data.join("\n"));
  }
}
