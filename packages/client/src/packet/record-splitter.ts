import { ClientError } from "../failures.ts";

/** Finds the records of a text that comes in pieces. What is not yet a whole record is kept, up to the bound. */
export class RecordSplitter {
  readonly #separator: string;
  readonly #limit: number;
  /** Pieces of the record under way, joined only when it is whole. */
  #pieces: string[] = [];
  #length = 0;

  /** A separator of one character; a bound in UTF-16 units, which are never more than the bytes. */
  constructor(separator: string, limit: number) {
    this.#separator = separator;
    this.#limit = limit;
  }

  /** Whether the text so far ends with a whole record. */
  get complete(): boolean {
    return this.#length === 0;
  }

  /** All records that are whole now, still joined by the separator; undefined when there is none. */
  push(text: string): string | undefined {
    const end = text.lastIndexOf(this.#separator);
    const first = end < 0 ? text.length : text.indexOf(this.#separator);
    // Records that are whole within one piece of text are bounded by it.
    if (this.#length + first > this.#limit) throw new ClientError("message_too_large");
    if (end < 0) {
      this.#keep(text);
      return undefined;
    }
    const records = [...this.#pieces, text.slice(0, end)].join("");
    this.#pieces = [];
    this.#length = 0;
    this.#keep(text.slice(end + 1));
    return records;
  }

  #keep(text: string): void {
    if (text === "") return;
    this.#pieces.push(text);
    this.#length += text.length;
  }
}
