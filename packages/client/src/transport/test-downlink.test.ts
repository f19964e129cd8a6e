import assert from "node:assert/strict";
import type {
  Connector,
  PlatformEventsHandler,
  PlatformFrameHandler,
  PlatformPage,
  PlatformRequest,
  PlatformResponse,
  PlatformScriptHandler,
  PlatformStreamRequest,
} from "./connector.ts";
import type { DownlinkHandler, OpenDownlink } from "./downlink.ts";
import { TestClock } from "./test-clock.test.ts";

/** One element or EventSource that was asked for. */
interface Loading<H> {
  readonly url: string;
  readonly handler: H;
  removed: boolean;
}

interface Streaming {
  readonly request: PlatformStreamRequest;
  readonly text: (text: string) => void;
  readonly end: () => void;
  readonly fail: (error: unknown) => void;
}

interface Submission {
  readonly url: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly loaded: () => void;
  removed: boolean;
}

/** A connector whose streams, requests, events and elements a test plays. */
export class TestConnector implements Connector {
  readonly maxMessageBytes: number;
  readonly streams: Streaming[] = [];
  readonly requests: PlatformRequest[] = [];
  readonly sources: Loading<PlatformEventsHandler>[] = [];
  readonly frames: Loading<PlatformFrameHandler>[] = [];
  readonly scripts: Loading<PlatformScriptHandler>[] = [];
  readonly forms: Submission[] = [];
  readonly page: PlatformPage | undefined;
  readonly events: Connector["events"];

  constructor({ limit = 4_096, page = true, events = false } = {}) {
    this.maxMessageBytes = limit;
    this.events = events ? (url, handler) => begin(this.sources, { url, handler, removed: false }) : undefined;
    const elements: PlatformPage = {
      origin: "https://page.example",
      frame: (url, handler) => begin(this.frames, { url, handler, removed: false }),
      jsonp: (url, handler) => begin(this.scripts, { url, handler, removed: false }),
      submit: (url, fields, loaded) => begin(this.forms, { url, fields, loaded, removed: false }),
    };
    this.page = page ? elements : undefined;
  }

  /** A test that needs one puts it here. */
  dial: Connector["dial"] = () => assert.fail("no WebSocket here");

  request(request: PlatformRequest): Promise<PlatformResponse> {
    this.requests.push(request);
    return Promise.resolve({ status: 200, body: "71" });
  }

  stream(request: PlatformStreamRequest, text: (text: string) => void): Promise<void> {
    return new Promise((end, fail) => {
      this.streams.push({ request, end, fail, text: (piece) => attempt(() => text(piece), fail) });
    });
  }
}

/** Opens one downlink of turn 3 and writes down what it reports. */
export function startDownlink(open: OpenDownlink, connector: TestConnector) {
  const clock = new TestClock();
  const seen: string[] = [];
  const handler: DownlinkHandler = {
    opened: () => seen.push("opened"),
    payload: (text) => seen.push(`payload ${text}`),
    ended: () => seen.push("ended"),
    failed: (code, detail) => seen.push(detail === undefined ? `failed ${code}` : `failed ${code}: ${detail}`),
  };
  const downlink = open("https://server.example/socket.io/?turn=3", { connector, clock, turn: 3 }, handler);
  downlink.open();
  return { downlink, clock, seen };
}

/** The only one, or the first. */
export function only<T>(list: readonly T[]): T {
  return list[0] ?? assert.fail("nothing was asked for");
}

function begin<T extends { removed: boolean }>(list: T[], item: T): () => void {
  list.push(item);
  return () => {
    item.removed = true;
  };
}

function attempt(what: () => void, failed: (error: unknown) => void): void {
  try {
    what();
  } catch (error) {
    failed(error);
  }
}
