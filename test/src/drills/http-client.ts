import { RawClient } from "./raw-client.ts";

export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
}

const HEAD_END = "\r\n\r\n";
const LAST_CHUNK = "\r\n0\r\n\r\n";

/** A connection that is kept and asks one thing at a time, in bytes that its owner writes. */
export class HttpClient {
  readonly raw: RawClient;

  private constructor(raw: RawClient) {
    this.raw = raw;
  }

  static async dial(port: number): Promise<HttpClient> {
    return new HttpClient(await RawClient.dial(port));
  }

  /** Asks and waits for the whole answer. Rejects when the server closes instead. */
  ask(request: Buffer | string): Promise<HttpAnswer> {
    return new Promise((resolve, reject) => {
      let text = "";
      this.raw.onGone(() => reject(new Error(`no answer: ${this.raw.ending}`)));
      this.raw.onBytes = (count, bytes) => {
        text += bytes.toString("latin1", 0, count);
        const answer = wholeAnswer(text);
        if (answer === undefined) return;
        this.raw.onBytes = () => {};
        resolve(answer);
      };
      this.raw.write(request);
    });
  }
}

/** Undefined until it is whole. A body in chunks is not put together. */
function wholeAnswer(text: string): HttpAnswer | undefined {
  const end = text.indexOf(HEAD_END);
  if (end < 0) return undefined;
  const status = Number(text.slice(9, 12));
  const body = text.slice(end + HEAD_END.length);
  const length = /^content-length: (\d+)/im.exec(text)?.[1];
  const whole = length === undefined ? body.endsWith(LAST_CHUNK) : body.length >= Number(length);
  return whole ? { status, body } : undefined;
}
