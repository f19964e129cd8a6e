import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { ask, type Fixture, openPolling, post, serve } from "./harness.test.ts";

const SESSIONS = 4;
const MESSAGES = 200;
/** Milliseconds that the application spends on each. */
const WORK = 0.5;

/** Has every session post many messages at the same time; how many were dispatched in each turn of the event loop. */
async function dispatchedPerTurn(
  context: TestContext,
  urlOf: (fixture: Fixture) => Promise<string>,
  begin: string,
): Promise<number[]> {
  let dispatched = 0;
  const fixture = await serve(context, {
    handler: () => ({
      message() {
        dispatched += 1;
        const end = performance.now() + WORK;
        while (performance.now() < end);
      },
    }),
  });
  const urls: string[] = [];
  for (let index = 0; index < SESSIONS; index++) urls.push(await urlOf(fixture));
  // Long, so that they are not small.
  const body = begin + Array.from({ length: MESSAGES }, () => `4${"x".repeat(100)}`).join("\x1e");
  const turns: number[] = [];
  let running = true;
  let before = 0;
  const turn = (): void => {
    turns.push(dispatched - before);
    before = dispatched;
    if (running) setImmediate(turn);
  };
  turn();
  const answers = await Promise.all(urls.map((url) => post(url, body)));
  running = false;
  assert.deepEqual(
    answers.map(({ status }) => status),
    urls.map(() => 200),
  );
  assert.equal(dispatched, SESSIONS * MESSAGES);
  return turns;
}

/** What fits into 10 ms; a machine that is busy does less. */
const MOST = 10 / WORK + 1;

describe("many sessions that post much at the same time", () => {
  it("have ten milliseconds of a turn together, by polling", async (context) => {
    const turns = await dispatchedPerTurn(context, async (fixture) => (await openPolling(fixture)).url, "");
    assert.ok(Math.max(...turns) <= MOST, `${turns}`);
  });

  it("have ten milliseconds of a turn together, in Everwire sessions", async (context) => {
    const open = async (fixture: Fixture): Promise<string> => {
      const { body } = await ask(`${fixture.base}&everwire=1&transport=polling`);
      const { sid }: { sid: string } = JSON.parse(body.slice(1));
      return `${fixture.base}&transport=polling&sid=${sid}`;
    };
    const turns = await dispatchedPerTurn(context, open, "81\x1e");
    assert.ok(Math.max(...turns) <= MOST, `${turns}`);
  });
});
