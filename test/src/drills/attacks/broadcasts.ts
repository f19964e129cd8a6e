import type { Attack } from "../attack.ts";
import type { Field } from "../field.ts";
import { HttpClient } from "../http-client.ts";
import { frame, TEXT } from "../raw-frame.ts";
import {
  CONNECT,
  connectByPolling,
  connectByStream,
  connectByWebSocket,
  get,
  JOIN,
  pollingAt,
  post,
} from "./session.ts";

type Way = "polling" | "streaming" | "sse" | "websocket";

/** Joins those to whom is broadcast, and reads nothing any more. */
async function join(port: number, way: Way): Promise<void> {
  if (way === "websocket") {
    const client = await connectByWebSocket(port);
    client.stopListening();
    client.write(frame(TEXT, JOIN));
    return;
  }
  const http = await HttpClient.dial(port);
  if (way === "polling") {
    const id = await connectByPolling(http);
    await http.ask(post(pollingAt(id), JOIN));
    http.raw.stopListening();
    http.raw.write(get(pollingAt(id)));
    return;
  }
  const stream = await connectByStream(http, port, way, [CONNECT, JOIN]);
  stream.stopListening();
}

/** Has the server's application send `amount` messages of 64 KiB to all, none of whom reads. */
async function neverRead(field: Field, way: Way): Promise<void> {
  for (let index = 0; index < field.attackers; index++) await join(field.port, way);
  const starter = await connectByWebSocket(field.port);
  await starter.sent(frame(TEXT, `42["broadcast",${field.amount}]`));
  starter.reset();
}

function row(way: Way): Attack {
  return {
    name: `broadcast-${way}`,
    title: `never read by ${way} what is sent to all (amount: messages of 64 KiB)`,
    subject: "server",
    ending: "forgotten",
    // 4 MiB may wait for each, the same for all; what transports and clients' protocols keep of their own is up to 1 MB.
    full: { attackers: 50, amount: 3000, bounds: { rss: 128, within: 15 } },
    quick: { attackers: 20, amount: 300, bounds: { rss: 60, within: 12 } },
    run: (field) => neverRead(field, way),
  };
}

export const broadcasts: readonly Attack[] = [row("polling"), row("streaming"), row("sse"), row("websocket")];
