/** One talk between our client and our server over a network that misbehaves, and the rule it has to keep. */
import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import type { ClientOptions, TransportName } from "@everwire/client";
import { FaultProxy, type Faults } from "@everwire/fault-proxy";
import type { ServerOptions } from "@everwire/server";
import { type Talk, TalkServer } from "./talk.ts";
import { type Dial, everwireClient, type Talking } from "./talkers.ts";
import { until } from "./waiting.ts";

/** The transports a client may use; undefined leaves it to the client. */
export type Names = readonly TransportName[] | undefined;

export const EACH: readonly Names[] = [
  ["websocket"],
  ["streaming"],
  ["sse"],
  ["polling"],
  ["short-polling"],
  undefined,
];
/** Those whose messages to the server are requests of their own. */
export const OVER_HTTP: readonly Names[] = [["streaming"], ["sse"], ["polling"], ["short-polling"]];

export interface Stage {
  readonly proxy: FaultProxy;
  readonly talk: Talk;
  readonly talking: Talking;
  /** From 0 up to 1, the same at every run. */
  readonly random: () => number;
}

export interface Trial {
  readonly name: string;
  /** From the beginning until all has been said and a little longer; then the network is a good one. */
  readonly faults?: Faults;
  /** What happens to the network while they talk. */
  readonly during?: (stage: Stage) => Promise<unknown>;
  /** Entries of the proxy's log that say the fault was there; without them the trial has shown nothing. */
  readonly shows: RegExp;
  readonly over: readonly Names[];
  /** Messages each way, and the milliseconds between two of them; 100 and 10. */
  readonly count?: number;
  readonly everyMs?: number;
  /** Bytes of a message, at most; 200. */
  readonly size?: number;
  readonly server?: Partial<ServerOptions>;
  readonly client?: ClientOptions;
  /** The transport it ends on, and the reason. */
  readonly ends?: readonly string[];
}

/**
 * The client finds a missing ping late after 5.5 s; the other time-outs are those of a person's patience, for the sake of
 * machines that have much else to do.
 */
const SERVER = { pingInterval: 500, pingTimeout: 30_000, reattachTimeout: 20_000, shortPollingInterval: 100 };
/** A client that does not wait as long as a person would. */
export const IMPATIENT: ClientOptions = {
  transportTimeout: 1500,
  raceDelay: 1500,
  timeout: 1500,
  reconnectionDelay: 50,
};

/** Milliseconds that a bad network stays as it is when all has been said. */
const BAD_FOR = 5000;

/** Sets the stage: the server, the network and the two that talk. */
export async function open(
  test: TestContext,
  { faults, server: options }: Pick<Trial, "faults" | "server">,
  dial: Dial,
  seed: number,
): Promise<Stage> {
  const server = await TalkServer.start({ ...SERVER, ...options });
  const proxy = await FaultProxy.start({ target: { host: "127.0.0.1", port: server.port }, seed, ...faults });
  const talk = server.talk();
  test.after(async () => {
    talk.leave();
    await proxy.close();
    await server.close();
  });
  const talking = dial(proxy.url, talk.id);
  await talk.begin(talking.socket);
  return { proxy, talk, talking, random: seeded(seed) };
}

/** They talk while the network misbehaves: nobody is told of a loss, and everything comes once and in order. */
export async function survive(test: TestContext, trial: Trial, names: Names, seed: number): Promise<void> {
  const stage = await open(test, trial, everwireClient(names, { ...IMPATIENT, ...trial.client }), seed);
  const { proxy, talk, talking, random } = stage;
  const { count = 100, everyMs = 10, size = 200 } = trial;
  await Promise.all([talk.say(count, { everyMs, size: () => 1 + Math.floor(random() * size) }), trial.during?.(stage)]);
  // Much comes through even so, but how long that takes depends on chance.
  await talk.heardAll(BAD_FOR);
  if (trial.ends !== undefined) {
    await until("it is where it ends", () => talking.state().join() === trial.ends?.join()).catch(() => undefined);
    assert.deepEqual(talking.state(), trial.ends);
  }
  proxy.set({});
  await talk.say(5);
  await talk.heardAll();
  const shown = proxy.log.filter(({ what, fault, detail }) => trial.shows.test(`${what} ${fault ?? ""} ${detail}`));
  assert.notEqual(shown.length, 0, `the network did nothing: ${trial.shows}`);
  assert.deepEqual(talk.losses, []);
  await talk.end();
}

/** Marsaglia's xorshift, 32 bits. */
function seeded(seed: number): () => number {
  let state = seed + 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
