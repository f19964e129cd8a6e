import assert from "node:assert/strict";
import { test } from "node:test";
import { NEWS_INTERVAL, RoomNews } from "./room-news.ts";

test("the first move is told at once, the next ones once at the end of the second", () => {
  const news = new RoomNews();
  assert.ok(news.moved("tea", 0));
  assert.ok(!news.moved("tea", 1));
  assert.ok(!news.moved("tea", 2));
  assert.ok(news.moved("arts", 2), "rooms do not wait for each other");
  assert.deepEqual(news.due(NEWS_INTERVAL - 1), []);
  assert.ok(news.waiting);
  assert.deepEqual(news.due(NEWS_INTERVAL), ["tea"]);
  assert.ok(!news.waiting);
  assert.ok(!news.moved("tea", NEWS_INTERVAL + 1), "what was told late counts as told");
  assert.ok(news.moved("tea", 3 * NEWS_INTERVAL));
});
