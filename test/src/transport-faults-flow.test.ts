/** What the tests of bad networks rely on: a flow that complains of each thing that can go wrong with a message. */
import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { Flow, type Speaker } from "./flow.ts";
import { type Talk, TalkServer } from "./talk.ts";
import { everwireClient } from "./talkers.ts";
import { until } from "./waiting.ts";

const silent = (): void => undefined;

type Spoil = (args: readonly unknown[]) => readonly (readonly unknown[])[];

/** A peer whose messages go straight to itself, except those that `spoil` changes. */
function loop(spoil: Spoil): Speaker {
  let hear: (...args: never[]) => void = silent;
  return {
    on: (_event, listener) => {
      hear = listener;
    },
    emit: (_event, ...args) => {
      // A listener takes whatever the peer sends.
      for (const copy of spoil(args)) Reflect.apply(hear, undefined, copy);
    },
  };
}

function complaintsWith(spoil: Spoil): readonly string[] {
  const flow = new Flow("flow");
  const peer = loop(spoil);
  flow.hear(peer);
  for (let n = 1; n <= 20; n++) flow.say(peer);
  return flow.complaints();
}

describe("a flow", () => {
  it("has nothing to complain of when each number came once, in order", () => {
    assert.deepEqual(
      complaintsWith((args) => [args]),
      [],
    );
  });

  const mutations: Record<string, [spoil: Spoil, complaints: string[]]> = {
    "a lost message": [(args) => (args[0] === 7 ? [] : [args]), ["flow: lost 7", "flow: acknowledgements: lost 7"]],
    "a repeated message": [
      (args) => (args[0] === 7 ? [args, args] : [args]),
      ["flow: repeated 7", "flow: acknowledgements: repeated 7"],
    ],
    "a message that is repeated without its acknowledgement": [
      (args) => (args[0] === 7 ? [args, [args[0], args[1], silent]] : [args]),
      ["flow: repeated 7"],
    ],
    "an acknowledgement that did not come": [
      ([n, filler, acknowledge]) => [[n, filler, n === 7 ? silent : acknowledge]],
      ["flow: acknowledgements: lost 7"],
    ],
    "text that was cut": [
      ([n, filler, acknowledge]) => [[n, n === 7 ? String(filler).slice(0, 4) : filler, acknowledge]],
      ["flow: 7 was not what was said"],
    ],
    "bytes that were changed": [
      ([n, filler, acknowledge]) => [[n, n === 10 ? Buffer.from([10, 11]) : filler, acknowledge]],
      ["flow: 10 was not what was said"],
    ],
  };
  for (const [what, [spoil, complaints]] of Object.entries(mutations)) {
    it(`complains of ${what}`, () => assert.deepEqual(complaintsWith(spoil), complaints));
  }

  it("complains of two numbers in the wrong order, and of one that was never said", () => {
    const flow = new Flow("flow");
    const nobody = { emit: silent, on: silent };
    for (let n = 1; n <= 3; n++) flow.say(nobody);
    for (const n of [2, 1, 3, 4]) flow.take(n);
    for (const n of [1, 2, 3]) flow.answered(n);
    assert.deepEqual(flow.complaints(), ["flow: never said 4", "flow: after a later one 1"]);
  });
});

/** A talk in which this client's messages pass through `spoil` on their way. */
async function talkWith(test: TestContext, spoil: Spoil): Promise<Talk> {
  const server = await TalkServer.start();
  const talk = server.talk();
  test.after(async () => {
    talk.leave();
    await server.close();
  });
  const { socket } = everwireClient()(`http://127.0.0.1:${server.port}`, talk.id);
  await talk.begin({
    on: socket.on.bind(socket),
    disconnect: () => socket.disconnect(),
    emit: (event, ...args) => {
      for (const copy of spoil(args)) socket.emit(event, ...copy);
    },
  });
  await talk.say(20);
  await talk.heardAll(1000);
  return talk;
}

describe("a talk", () => {
  it("ends well when nothing was lost", async (test) => {
    const talk = await talkWith(test, (args) => [args]);
    await talk.end();
    assert.deepEqual([talk.up.said, talk.down.said, talk.losses], [20, 20, []]);
  });

  it("ends with a complaint of a message that was lost, and of one that came twice", async (test) => {
    const talk = await talkWith(test, (args) => (args[0] === 3 ? [] : args[0] === 5 ? [args, args] : [args]));
    await assert.rejects(talk.end(), /up: lost 3.*up: repeated 5/s);
  });

  it("tells of a session that was lost", async (test) => {
    const server = await TalkServer.start();
    test.after(() => server.close());
    const talk = server.talk();
    test.after(() => talk.leave());
    const { socket } = everwireClient()(`http://127.0.0.1:${server.port}`, talk.id);
    await talk.begin(socket);
    server.io.disconnectSockets(true);
    await until("both were told", () => talk.losses.length === 2);
    assert.match(talk.losses.sort().join(), /client: .*,server: /);
  });
});
