import assert from "node:assert/strict";
import { it } from "node:test";
import { TestClock } from "../transport/test-clock.test.ts";
import { TestNetwork } from "../transport/test-transport.test.ts";
import { AttachAttempt } from "./attach-attempt.ts";
import { carrierOf } from "./carrier.ts";

const UNHEARD = { open: () => {}, packet: () => {}, drain: () => {}, ended: () => {}, close: () => {} };

it("a stream that is always full before it is proven gives way in the end", () => {
  const network = new TestNetwork();
  let over = 0;
  const attempt = new AttachAttempt(
    { names: ["streaming", "polling"], reason: "broken", climb: false },
    {
      clock: new TestClock(),
      timeout: 100,
      open: (name) => carrierOf(network.create(name, "s", UNHEARD), 1, 0),
      random: () => 0,
      accept: () => undefined,
      held: () => undefined,
      exhausted: () => {
        over += 1;
      },
    },
  );
  attempt.next();
  for (let n = 0; n < 100 && attempt.carrier?.transport.name === "streaming"; n++) attempt.again(attempt.carrier);
  assert.equal(attempt.carrier?.transport.name, "polling");
  assert.ok(network.transports.length > 10);
  assert.equal(over, 0);
  assert.ok(network.transports.slice(0, -1).every(({ closed }) => closed));
});
