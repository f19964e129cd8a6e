import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { openingOrder, PREFERENCE } from "./opening-order.ts";
import { TransportChoice } from "./transport-choice.ts";

describe("the order of opening", () => {
  it("is that of the application, whatever worked last time", () => {
    assert.deepEqual(openingOrder(["sse", "polling"], true, "polling"), ["sse", "polling"]);
  });

  it("is otherwise what worked last time, and then what every server knows", () => {
    assert.deepEqual(openingOrder(PREFERENCE, false, undefined), ["websocket", "polling"]);
    assert.deepEqual(openingOrder(PREFERENCE, false, "websocket"), ["websocket", "polling"]);
    assert.deepEqual(openingOrder(PREFERENCE, false, "polling"), ["polling", "websocket"]);
    assert.deepEqual(openingOrder(PREFERENCE, false, "sse"), ["sse", "websocket", "polling"]);
    assert.deepEqual(openingOrder(PREFERENCE, false, "iframe"), ["websocket", "polling"]);
  });
});

describe("a choice", () => {
  it("is among what is named and served, in the order of the names", () => {
    const choice = new TransportChoice(["sse", "jsonp", "websocket", "sse"], ["websocket", "sse", "carrier-pigeon"]);
    assert.deepEqual(choice.order(0), ["sse", "websocket"]);
    assert.deepEqual(choice.better("websocket", 0), ["sse"]);
    assert.deepEqual(choice.lesser("sse", 0), ["websocket"]);
    assert.deepEqual(choice.lesser("websocket", 0), []);
  });

  it("takes polling before websocket for a way to open, as Socket.IO does", () => {
    const choice = new TransportChoice(["polling", "websocket", "short-polling"], PREFERENCE);
    assert.deepEqual(choice.order(0), ["websocket", "polling", "short-polling"]);
    assert.deepEqual(new TransportChoice(["polling", "sse"], PREFERENCE).order(0), ["polling", "sse"]);
  });

  it("can be changed to what is served, and everything is better than what may not be used any more", () => {
    const choice = new TransportChoice(PREFERENCE, PREFERENCE);
    assert.equal(choice.choose(["jsonp"]), false);
    assert.deepEqual(choice.order(0), PREFERENCE);
    assert.equal(choice.choose(["jsonp", "sse", "polling"]), true);
    assert.deepEqual(choice.better("websocket", 0), ["sse", "polling"]);
    assert.deepEqual(choice.lesser("websocket", 0), ["sse", "polling"]);
  });

  it("gives a transport another try unless it broke in the last ten seconds", () => {
    const choice = new TransportChoice(PREFERENCE, PREFERENCE);
    const answers = [0, 9_999, 19_998, 29_998].map((now) => choice.broken(now));
    assert.deepEqual(answers, [true, false, false, true]);
  });

  it("climbs after 10 s, doubling to 5 min, and starts anew when it has long been well", () => {
    const choice = new TransportChoice(PREFERENCE, PREFERENCE);
    let now = 0;
    const delays: number[] = [];
    for (let n = 0; n < 8; n++) {
      delays.push(choice.climb("polling", now) ?? assert.fail("there is a better one"));
      now += delays.at(-1) ?? 0;
    }
    assert.deepEqual(
      delays.map((delay) => delay / 1_000),
      [10, 20, 40, 80, 160, 300, 300, 300],
    );
    assert.equal(choice.climb("polling", now + 600_001), 10_000);
  });

  it("passes over streams where one was kept back, until much later or until the network is another one", () => {
    const choice = new TransportChoice(PREFERENCE, PREFERENCE);
    choice.held(0);
    assert.deepEqual(choice.better("polling", 1), ["websocket"]);
    assert.deepEqual(choice.lesser("streaming", 1), ["polling", "short-polling"]);
    assert.deepEqual(choice.order(1_799_999), ["websocket", "polling", "short-polling"]);
    assert.deepEqual(choice.order(1_800_000), PREFERENCE);
    choice.held(2_000_000);
    choice.forgive();
    assert.deepEqual(choice.order(2_000_001), PREFERENCE);
  });

  it("tries a stream again when it is time, also when there is nothing else to try", () => {
    const choice = new TransportChoice(["streaming", "polling"], PREFERENCE);
    choice.held(1_000);
    assert.equal(choice.climb("polling", 2_000), 1_799_000);
    assert.equal(choice.climb("polling", 1_801_000), 10_000);
    assert.equal(choice.climb("streaming", 1_801_000), undefined);
    choice.held(0);
    choice.choose(["sse", "polling"]);
    assert.deepEqual(choice.better("polling", 1), ["sse"]);
  });

  it("does without streams only where there is something else", () => {
    const choice = new TransportChoice(["streaming", "sse"], PREFERENCE);
    choice.held(0);
    assert.deepEqual(choice.order(1), ["streaming", "sse"]);
  });
});
