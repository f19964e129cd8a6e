/**
 * The head of an HTTP/1.1 message, as it came. Lenient: what a server would refuse passes through, because what a proxy
 * does to odd messages is for the peers to find out. RFC 9112 §2.1, §3, §4, §5.
 */
export class HttpHead {
  /** Without its line end. */
  readonly startLine: string;
  /** Each with its name, colon and value, and with what was folded into it. */
  readonly #lines: readonly string[];

  constructor(startLine: string, lines: readonly string[]) {
    this.startLine = startLine;
    this.#lines = lines;
  }

  /** Of a request. */
  get method(): string {
    return this.startLine.slice(0, this.startLine.indexOf(" "));
  }

  /** Of a response. */
  get status(): number {
    return Number(this.startLine.split(" ", 2)[1]);
  }

  /** Every value of that field, lines joined as a list. The name in lower case. */
  field(name: string): string | undefined {
    const values = this.#lines.filter((line) => fieldNameOf(line) === name).map(fieldValueOf);
    return values.length === 0 ? undefined : values.join(", ");
  }

  without(names: ReadonlySet<string>): HttpHead {
    return new HttpHead(
      this.startLine,
      this.#lines.filter((line) => !names.has(fieldNameOf(line))),
    );
  }

  /** The field, with this value, in the place of all that had its name. */
  with(name: string, value: string): HttpHead {
    return new HttpHead(this.startLine, [...this.without(new Set([name])).#lines, `${name}: ${value}`]);
  }

  get bytes(): Buffer {
    return Buffer.from(`${[this.startLine, ...this.#lines].join("\r\n")}\r\n\r\n`, "latin1");
  }
}

export type Side = "request" | "response";
export type HeadResult = { readonly head: HttpHead; readonly rest: Buffer } | "more" | "not-http";

/** A head that is not complete within this many bytes is taken for another protocol. Node's own limit is 16 KiB. */
const MAX_HEAD = 32 * 1024;
// RFC 9110 §5.6.2: a method is a token. RFC 9112 §3: then the target and the version.
const BEGIN: Readonly<Record<Side, RegExp>> = {
  request: /^[!#$%&'*+\-.^_`|~\w]{1,32}( |$)/,
  response: /^HTTP\/1\./,
};
const START_LINE: Readonly<Record<Side, RegExp>> = {
  request: /^\S+ .+ HTTP\/1\.\d$/,
  response: /^HTTP\/1\.\d \d{3}( |$)/,
};

/**
 * Reads the head at the beginning of `bytes`. Another protocol is recognised by its first line and as early as possible:
 * its server may be waiting for exactly these bytes.
 */
export function readHead(side: Side, bytes: Buffer): HeadResult {
  // RFC 9112 §2.2: empty lines before a request line are ignored.
  let start = 0;
  while (side === "request" && (bytes[start] === 13 || bytes[start] === 10)) start++;
  const text = bytes.subarray(start, start + MAX_HEAD).toString("latin1");
  if (!begins(side, text)) return "not-http";
  const end = /\r?\n\r?\n/.exec(text);
  if (end === null) return bytes.length - start >= MAX_HEAD ? "not-http" : "more";
  // RFC 9112 §5.2: a line that begins with white space belongs to the one before.
  const [startLine = "", ...lines] = text.slice(0, end.index).split(/\r?\n(?![ \t])/);
  return { head: new HttpHead(startLine, lines), rest: bytes.subarray(start + end.index + end[0].length) };
}

function begins(side: Side, text: string): boolean {
  if (text === "") return true;
  const line = /^([^\r\n]*)\r?\n/.exec(text)?.[1];
  if (line !== undefined) return START_LINE[side].test(line);
  if (side === "response" && text.length < 7) return "HTTP/1.".startsWith(text);
  return BEGIN[side].test(text);
}

function fieldNameOf(line: string): string {
  return line
    .slice(0, Math.max(0, line.indexOf(":")))
    .trim()
    .toLowerCase();
}

function fieldValueOf(line: string): string {
  return line.slice(line.indexOf(":") + 1).trim();
}
