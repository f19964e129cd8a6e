import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { settled, TestClock } from "../transport/test-clock.test.ts";
import { CarrierProbe } from "./carrier-probe.ts";

function start(roundTrip: number | undefined, seen = true) {
  const clock = new TestClock();
  const net = { roundTrip, status: 200 };
  const run = { held: 0, asked: 0 };
  const probe = new CarrierProbe({
    clock,
    seen,
    post: (body, signal) => {
      assert.equal(body, "2probe");
      run.asked += 1;
      return new Promise((resolve, reject) => {
        signal.addEventListener("abort", () => reject(new Error("given up")));
        const { roundTrip: time, status } = net;
        if (time !== undefined) clock.after(time, () => resolve({ status, body: "70" }));
      });
    },
    held: () => {
      run.held += 1;
      probe.stop();
    },
  });
  return { clock, net, probe, run };
}

describe("a probe", () => {
  for (const [roundTrip, seen, time] of [
    [20, true, 1_020],
    [900, true, 2_700],
    [20, false, 3_020],
  ] as const) {
    it(`finds a downlink held back ${time} ms after it was sent over a way of ${roundTrip} ms`, async () => {
      const { clock, probe, run } = start(roundTrip, seen);
      probe.begun();
      await clock.pass(time - 1);
      assert.equal(run.held, 0);
      await clock.pass(1);
      assert.equal(run.held, 1);
      assert.equal(probe.answered, true);
    });
  }

  it("says nothing of the downlink when nothing is answered, and is not sent for ever", async () => {
    for (const { net, clock, probe, run } of [start(undefined), start(10)]) {
      net.status = 503;
      probe.begun();
      await clock.pass(10_000);
      assert.deepEqual([run.held, probe.answered], [0, false]);
      assert.ok(net.roundTrip === undefined ? run.asked === 2 : run.asked > 10, `${run.asked}`);
      probe.stop();
    }
  });

  it("waits anew for whatever comes, and asks again what was asked of the downlink before", async () => {
    const { clock, net, probe, run } = start(undefined);
    probe.start();
    await clock.pass(2_000);
    net.roundTrip = 10;
    probe.begun();
    assert.equal(run.asked, 3);
    for (let n = 0; n < 10; n++) {
      await clock.pass(900);
      probe.begun();
    }
    assert.equal(run.held, 0);
    await clock.pass(2_000);
    assert.equal(run.held, 1);
  });

  it("leaves nothing behind", async () => {
    const { clock, probe, run } = start(10);
    probe.start();
    probe.stop();
    probe.begun();
    await settled();
    await clock.pass(5_000);
    assert.deepEqual([run.asked, run.held, clock.pending], [1, 0, 0]);
  });
});
