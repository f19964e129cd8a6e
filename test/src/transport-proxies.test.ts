/**
 * A server of ours behind nginx, haproxy and Apache as they are set up in the world: the official clients and ours talk
 * with it over each transport that comes through, and ours finds out which those are.
 */
import assert from "node:assert/strict";
import { after, before, describe, it, type TestContext } from "node:test";
import type { TransportName } from "@everwire/client";
import { identity } from "./certificate.ts";
import { IMPATIENT, NETWORKS, type Network } from "./proxies/networks.ts";
import { type RunningProxy, startProxy } from "./proxies/proxy.ts";
import { TalkServer } from "./talk.ts";
import { type Dial, everwireClient, officialClient, officialClient2 } from "./talkers.ts";
import { until } from "./waiting.ts";

/** One client, and the transport (with our client's reason for it) that it ends on. */
interface Row {
  readonly client: string;
  readonly dial: Dial;
  readonly ends: readonly string[];
}

const NAMES: readonly TransportName[] = ["websocket", "streaming", "sse", "polling", "short-polling"];
const EACH_WAY = 100;
/** What is refused late because the machine is busy is refused all the same. */
const NO_RACE = { raceDelay: 5000 };
const OPTIONS = { allowEIO3: true, pingInterval: 500, pingTimeout: 20_000, shortPollingInterval: 200 };

function official({ upgrades }: Network): Row[] {
  const ways = [["polling"], ...(upgrades ? [["websocket"]] : []), undefined];
  return ways.flatMap((names) => {
    const ends = [names?.[0] ?? (upgrades ? "websocket" : "polling")];
    const how = names === undefined ? "by default" : `over ${names[0]}`;
    return [
      { client: `socket.io-client ${how}`, dial: officialClient(names), ends },
      { client: `socket.io-client 2 ${how}`, dial: officialClient2(names), ends },
    ];
  });
}

/** A transport that is named comes through, or what is named beside it has to do. */
function ours({ upgrades, streams }: Network): Row[] {
  const passes = (name: TransportName): boolean =>
    name === "websocket" ? upgrades : streams || !["streaming", "sse"].includes(name);
  const named = NAMES.map((name): Row => {
    if (passes(name))
      return { client: `our client over ${name}`, dial: everwireClient([name]), ends: [name, "opened"] };
    // What answers is refused at once; what is kept back is overtaken, or found out where its first bytes pass.
    const ends = ["polling", ...(name === "websocket" ? ["blocked"] : ["raced", "buffered"])];
    const dial = everwireClient([name, "polling"], name === "websocket" ? NO_RACE : {});
    return { client: `our client that prefers ${name}`, dial, ends };
  });
  const best = NAMES.find(passes) ?? "polling";
  const reasons = best === "websocket" ? ["opened"] : best === "streaming" ? ["better"] : ["blocked", "buffered"];
  return [
    ...named,
    { client: "our client by default", dial: everwireClient(undefined, NO_RACE), ends: [best, ...reasons] },
  ];
}

/** Half of it at once, while the client may still be moving, half when it has come to its transport. */
async function talkOver(
  test: TestContext,
  server: TalkServer,
  proxy: RunningProxy,
  { dial, ends }: Row,
): Promise<void> {
  const talk = server.talk();
  test.after(() => talk.leave());
  const talking = dial(`http://127.0.0.1:${proxy.plain}`, talk.id);
  await talk.begin(talking.socket);
  await talk.say(EACH_WAY / 2);
  const [transport, ...reasons] = ends;
  const arrived = (): boolean => {
    const [present, reason = ""] = talking.state();
    return present === transport && (reasons.length === 0 || reasons.includes(reason));
  };
  // A stream whose first bytes pass is found out only when it has been quiet for a while.
  await until("it ends where it should", arrived, 60_000).catch(() => undefined);
  assert.ok(arrived(), `${talking.state().join(" ")} where ${ends.join(" ")} was expected`);
  assert.deepEqual(talk.losses, []);
  await talk.say(EACH_WAY / 2);
  await talk.heardAll();
  assert.ok(arrived(), talking.state().join(" "));
  assert.deepEqual([talk.up.said, talk.down.said, talk.losses], [EACH_WAY, EACH_WAY, []]);
  await talk.end();
}

describe("behind proxies", { concurrency: 3 }, () => {
  for (const network of NETWORKS) {
    describe(`behind ${network.name}`, { concurrency: 4 }, () => {
      let server: TalkServer;
      let proxy: RunningProxy;
      before(async () => {
        server = await TalkServer.start(OPTIONS);
        proxy = await startProxy(network.kind, server.port, identity);
      });
      after(async () => {
        await server.close();
        await proxy.stop();
      });

      for (const row of [...official(network), ...ours(network)]) {
        it(`${row.client} talks, and ends on ${row.ends[0]}`, (test) => talkOver(test, server, proxy, row));
      }
    });
  }

  describe("behind haproxy that gives up on silence", { concurrency: true }, () => {
    let server: TalkServer;
    let proxy: RunningProxy;
    before(async () => {
      // A client whose WebSocket has just been cut cannot say that it leaves.
      server = await TalkServer.start({ reattachTimeout: 4000 });
      proxy = await startProxy(IMPATIENT, server.port, identity);
    });
    after(async () => {
      await server.close();
      await proxy.stop();
    });

    for (const names of [...NAMES.map((name) => [name]), undefined]) {
      it(`nothing is lost though a message comes more seldom, over ${names ?? "the default choice"}`, async (test) => {
        const talk = server.talk();
        test.after(() => talk.leave());
        const talking = everwireClient(names)(`http://127.0.0.1:${proxy.plain}`, talk.id);
        await talk.begin(talking.socket);
        await talk.say(4, { everyMs: 1500 });
        await talk.heardAll();
        assert.deepEqual(talk.losses, []);
        await talk.end();
      });
    }
  });
});
