import assert from "node:assert/strict";
import { test } from "node:test";
import { announcement } from "./announcement.ts";

const BASE = { version: "1.2.3", data: "/srv/data", siteBuilt: true };

test("the announcement says where it is, what is on, where data lies and how to stop", () => {
  const text = announcement({ ...BASE, address: { host: "127.0.0.1", port: 3000 } });
  for (const part of [
    "everwire 1.2.3 is ready",
    "http://127.0.0.1:3000/\n",
    "127.0.0.1 only",
    "Server-Sent Events",
    "/socket.io/",
    "/srv/data",
    "Ctrl+C",
  ]) {
    assert.ok(text.includes(part), part);
  }
  assert.ok(!text.includes("not built"));
});

test("a wildcard address is opened by the name of this machine, and said to be reachable", () => {
  for (const host of ["0.0.0.0", "::"]) {
    const text = announcement({ ...BASE, address: { host, port: 80 } });
    assert.ok(text.includes("http://localhost:80/"));
    assert.ok(text.includes("every interface"));
  }
});

test("an IPv6 address stands in brackets", () => {
  assert.ok(announcement({ ...BASE, address: { host: "::1", port: 80 } }).includes("http://[::1]:80/"));
});

test("a missing site is said", () => {
  const text = announcement({ ...BASE, address: { host: "::1", port: 80 }, siteBuilt: false });
  assert.ok(text.includes("npm run build"));
});
