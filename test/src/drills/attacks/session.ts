/** Sessions of Engine.IO and Socket.IO, opened by the bytes that it takes. */
import type { Field } from "../field.ts";
import { HttpClient } from "../http-client.ts";
import { RawClient } from "../raw-client.ts";
import { frame, TEXT } from "../raw-frame.ts";

/** Between the packets of a body. */
export const SEPARATOR = "\x1e";

/** Socket.IO's CONNECT for the main namespace. */
export const CONNECT = "40";

/** Takes part in what the target's application broadcasts. */
export const JOIN = '42["join"]';

export const BASE = "/socket.io/?EIO=4";

const CONNECTED = "40{";
const PING_FRAME = Buffer.from([0x81, 1, 0x32]);
const LANES = 50;

export function get(query: string): string {
  return `GET ${BASE}${query} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`;
}

/** The head of a POST; `headers` are whole lines. */
export function postHead(query: string, headers: string): string {
  return `POST ${BASE}${query} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: text/plain\r\n${headers}\r\n`;
}

export function post(query: string, body: string): string {
  return `${postHead(query, `Content-Length: ${body.length}\r\n`)}${body}`;
}

/** Where a polling session is reached. */
export function pollingAt(id: string): string {
  return `&transport=polling&sid=${id}`;
}

export function idIn(body: string): string {
  // In a script the quotes are escaped.
  const id = /"sid\\?":\\?"([\w-]+)/.exec(body)?.[1];
  if (id === undefined) throw new Error("no session was opened");
  return id;
}

/** Opens a session by polling; its id. */
export async function openByPolling(http: HttpClient, more = ""): Promise<string> {
  const { body } = await http.ask(get(`&transport=polling${more}`));
  return idIn(body);
}

/** Opens a session by polling and connects to the main namespace. */
export async function connectByPolling(http: HttpClient): Promise<string> {
  const id = await openByPolling(http);
  const { status } = await http.ask(post(pollingAt(id), CONNECT));
  if (status !== 200) throw new Error(`not connected: ${status}`);
  return id;
}

/** Opens a session by WebSocket. */
export function openByWebSocket(port: number): Promise<RawClient> {
  return RawClient.upgrade(port, `${BASE}&transport=websocket`);
}

/** Opens a session by WebSocket and waits until it is connected to the main namespace. */
export async function connectByWebSocket(port: number): Promise<RawClient> {
  const client = await openByWebSocket(port);
  const connected = new Promise<void>((resolve, reject) => {
    client.onGone(() => reject(new Error(`not connected: ${client.ending}`)));
    client.onBytes = (count, bytes) => {
      if (!bytes.subarray(0, count).includes(CONNECTED)) return;
      client.onBytes = () => {};
      resolve();
    };
  });
  client.write(frame(TEXT, CONNECT));
  await connected;
  client.restartClock();
  return client;
}

/** Opens a session of our own protocol, whose downlink is a stream on a connection of its own, and posts messages to it. */
export async function connectByStream(
  http: HttpClient,
  port: number,
  transport: "streaming" | "sse",
  messages: readonly string[],
): Promise<RawClient> {
  const stream = await RawClient.dial(port);
  const opened = openPacketOf(stream);
  stream.write(get(`&transport=${transport}&everwire=1`));
  const id = await opened;
  const body = ["81", ...messages].join(SEPARATOR);
  const { status } = await http.ask(post(`&transport=${transport}&sid=${id}`, body));
  if (status !== 200) throw new Error(`not connected: ${status}`);
  return stream;
}

function openPacketOf(stream: RawClient): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    stream.onGone(() => reject(new Error(`no stream: ${stream.ending}`)));
    stream.onBytes = (count, bytes) => {
      text += bytes.toString("latin1", 0, count);
      if (!text.includes('"transports"')) return;
      stream.onBytes = () => {};
      resolve(idIn(text));
    };
  });
}

/** Answers the server's pings, and takes no notice of anything else. */
export function answerPings(client: RawClient): void {
  client.onBytes = (count, bytes) => {
    if (bytes.subarray(0, count).includes(PING_FRAME)) client.write(frame(TEXT, "3"));
  };
}

/** Has the server do once what it does in every attack: sessions by polling that are ended, and such by WebSocket. */
export async function warmServer(field: Field): Promise<void> {
  await field.inLanes(
    LANES,
    () => HttpClient.dial(field.port),
    async (http) => {
      const id = await connectByPolling(http);
      await http.ask(post(pollingAt(id), "1"));
    },
  );
  for (const client of await field.crowd(() => connectByWebSocket(field.port))) client.reset();
}
