import type { Attack } from "../attack.ts";
import type { Field } from "../field.ts";
import { HttpClient } from "../http-client.ts";
import { RawClient } from "../raw-client.ts";
import { frame, TEXT } from "../raw-frame.ts";
import { storm } from "./handshakes.ts";
import {
  answerPings,
  BASE,
  CONNECT,
  connectByPolling,
  connectByStream,
  connectByWebSocket,
  get,
  openByPolling,
  openByWebSocket,
  pollingAt,
  post,
  SEPARATOR,
} from "./session.ts";

/** Connections that are kept where a row is about sessions. */
const LANES = 100;

const PONG_EVERY = 20;

function lanesOf(field: Field, act: (http: HttpClient, index: number) => Promise<void>): Promise<void> {
  return field.inLanes(LANES, () => HttpClient.dial(field.port), act);
}

async function neverConnect(field: Field, pongs: boolean): Promise<void> {
  const clients = await field.crowd(async () => {
    const client = await openByWebSocket(field.port);
    if (pongs) answerPings(client);
    return client;
  });
  for (const client of clients) client.restartClock();
}

/** Opens a session, waits for what it says, and is gone. */
async function abandonPolls(field: Field): Promise<void> {
  await field.inLanes(
    LANES,
    async () => {},
    async () => {
      const http = await HttpClient.dial(field.port);
      const id = await openByPolling(http);
      await http.raw.sent(Buffer.from(get(pollingAt(id))));
      http.raw.reset();
    },
  );
}

async function neverPoll(field: Field, open: (http: HttpClient) => Promise<unknown>): Promise<void> {
  await lanesOf(field, async (http) => void (await open(http)));
}

async function beSilent(field: Field): Promise<void> {
  await field.crowd(() => connectByWebSocket(field.port));
}

async function neverReadStreams(field: Field): Promise<void> {
  await lanesOf(field, async (http, index) => {
    const stream = await connectByStream(http, field.port, index % 2 === 0 ? "streaming" : "sse", [CONNECT]);
    stream.stopListening();
  });
}

/** Asks whether an upgrade would work, and leaves it at that. */
async function neverSwitch(field: Field): Promise<void> {
  await lanesOf(field, async (http) => {
    const id = await connectByPolling(http);
    const client = await RawClient.upgrade(field.port, `${BASE}&transport=websocket&sid=${id}`);
    client.write(frame(TEXT, "2probe"));
    field.clients.push(client);
  });
}

/** Takes the downlink on one connection and then on another, `amount` times: each time the former has to be ended. */
async function attachAgain(field: Field): Promise<void> {
  const attach = async (http: HttpClient, id: string, turn: number): Promise<void> => {
    const { status } = await http.ask(get(`&transport=streaming&sid=${id}&turn=${turn}&ack=0`));
    if (status !== 200) throw new Error(`not attached: ${status}`);
  };
  await lanesOf(field, async (http) => {
    const [one, other] = [await HttpClient.dial(field.port), await HttpClient.dial(field.port)];
    const id = await openByPolling(http, "&everwire=1");
    const { status } = await http.ask(post(`&transport=polling&sid=${id}`, `81${SEPARATOR}${CONNECT}`));
    if (status !== 200) throw new Error(`not connected: ${status}`);
    let former = Promise.resolve();
    for (let turn = 1; turn <= field.amount && !field.late; turn++) {
      const attached = attach(turn % 2 === 0 ? one : other, id, turn);
      // It is a live client as far as the heartbeat goes.
      if (turn % PONG_EVERY === 0) await http.ask(post(`&transport=polling&sid=${id}`, "3"));
      // Its connection is asked next.
      await former;
      former = attached;
      former.catch(() => {});
    }
    await http.ask(post(`&transport=polling&sid=${id}`, "1"));
    await former;
  });
}

export const sessions: readonly Attack[] = [
  {
    name: "abandoned-polls",
    title: "open a session by polling, wait for what it says, and be gone",
    subject: "server",
    ending: "forgotten",
    full: { attackers: 10_000, amount: 1, bounds: { rss: 45, within: 12 } },
    quick: { attackers: 500, amount: 1, bounds: { rss: 20, within: 12 } },
    run: abandonPolls,
  },
  {
    name: "never-polled",
    title: "open a session by polling, and ask for nothing any more",
    subject: "server",
    ending: "forgotten",
    full: { attackers: 10_000, amount: 1, bounds: { rss: 45, within: 12 } },
    quick: { attackers: 500, amount: 1, bounds: { rss: 20, within: 12 } },
    run: (field) => neverPoll(field, openByPolling),
  },
  {
    name: "connected-never-polled",
    title: "the same with CONNECT",
    subject: "server",
    ending: "forgotten",
    // A ping after 25 s, 20 s for the pong, and some for the wheel. A socket with its rooms is 6 KB.
    full: { attackers: 2000, amount: 1, bounds: { rss: 30, within: 50 } },
    quick: { attackers: 500, amount: 1, bounds: { rss: 20, within: 12 } },
    run: (field) => neverPoll(field, connectByPolling),
  },
  {
    name: "never-connect",
    title: "open a session by WebSocket and say nothing",
    subject: "server",
    ending: "dropped",
    full: { attackers: 5000, amount: 1, bounds: { rss: 60, within: 12 } },
    quick: { attackers: 500, amount: 1, bounds: { rss: 20, within: 8 } },
    run: (field) => neverConnect(field, false),
  },
  {
    name: "never-connect-pongs",
    title: "the same, answering pings",
    subject: "server",
    ending: "dropped",
    full: { attackers: 5000, amount: 1, bounds: { rss: 60, within: 12 } },
    quick: { attackers: 500, amount: 1, bounds: { rss: 20, within: 8 } },
    run: (field) => neverConnect(field, true),
  },
  {
    name: "connected-silent",
    title: "open a session by WebSocket, CONNECT, and say nothing any more",
    subject: "server",
    ending: "dropped",
    // As that of `connected-never-polled`, and 2 s for the WebSocket to close.
    full: { attackers: 5000, amount: 1, bounds: { rss: 80, within: 50 } },
    quick: { attackers: 500, amount: 1, bounds: { rss: 24, within: 8 } },
    run: beSilent,
  },
  {
    name: "unread-streams",
    title: "open a session by streaming or SSE, CONNECT, and never read",
    subject: "server",
    ending: "forgotten",
    full: { attackers: 1000, amount: 1, bounds: { rss: 45, within: 50 } },
    quick: { attackers: 200, amount: 1, bounds: { rss: 20, within: 12 } },
    run: neverReadStreams,
  },
  {
    name: "upgrades-never-switched",
    title: "open a session by polling, probe a WebSocket, and never switch to it",
    subject: "server",
    ending: "dropped",
    // 10 s for the upgrade, 2 s for the WebSocket to close, and the ticks of the wheel.
    full: { attackers: 1000, amount: 1, bounds: { rss: 45, within: 13 } },
    quick: { attackers: 200, amount: 1, bounds: { rss: 20, within: 8 } },
    run: neverSwitch,
  },
  {
    name: "attach-storm",
    title: "take the downlink again and again, each time with a higher turn (amount: how often)",
    subject: "server",
    ending: "served",
    full: { attackers: 20, amount: 2000, bounds: { rss: 30, within: 60 } },
    quick: { attackers: 10, amount: 100, bounds: { rss: 30, within: 12 } },
    run: attachAgain,
  },
  {
    name: "session-storm",
    title: "all lose their connection and come back at once, with CONNECT",
    subject: "server",
    ending: "served",
    // Half of the 10 000 that are to be back within 15 s.
    full: { attackers: 5000, amount: 1, bounds: { rss: 80, within: 7.5 } },
    quick: { attackers: 300, amount: 1, bounds: { rss: 24, within: 8 } },
    run: (field) => storm(field, () => connectByWebSocket(field.port)),
  },
];
