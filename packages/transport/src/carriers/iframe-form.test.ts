import assert from "node:assert/strict";
import { test } from "node:test";
import vm from "node:vm";
import { awkwardText, random } from "./carrier-fixture.test.ts";
import { iframeForm } from "./iframe-form.ts";
import { PADDING_BYTES, type StreamForm } from "./stream-form.ts";

interface Posted {
  readonly data: unknown;
  readonly target: string;
}

function form(origin = "https://app.example.com", turn = 3, key?: string): StreamForm {
  const made = iframeForm({ origin, turn, key });
  assert.ok(made !== undefined);
  return made;
}

/** What a page posts to the page around it: its scripts are found as a tokeniser finds them and run in one context. */
function run({ beginning, headers }: StreamForm, rest: string): Posted[] {
  const posted: Posted[] = [];
  const post = (data: string, target: string): void => {
    posted.push({ data: JSON.parse(data), target });
  };
  const context = vm.createContext({ post });
  vm.runInContext("parent = { postMessage: (data, target) => post(JSON.stringify(data), target) }", context);
  const nonce = /'nonce-([^']+)'/.exec(headers["content-security-policy"] ?? "")?.[1];
  const page = `${beginning}${rest}`;
  for (const [, given, script = ""] of page.matchAll(/<script nonce="([^"]*)">(.*?)<\/script/gis)) {
    assert.equal(given, nonce);
    assert.doesNotMatch(script, /<!--|<script/i);
    vm.runInContext(script, context);
  }
  return posted;
}

function flush({ before, between, after, packet }: StreamForm, ...payloads: string[]): string {
  return `${before}${payloads.map(packet).join(between.toString())}${after}`;
}

test("the page tells nothing but its origin's page, and only by scripts with its nonce", () => {
  const made = form();
  const nonce = /nonce="([^"]+)"/.exec(made.before.toString())?.[1] ?? "";
  assert.equal(Buffer.from(nonce, "base64").length, 16);
  assert.deepEqual(made.headers, {
    "content-type": "text/html; charset=UTF-8",
    "content-security-policy": `sandbox allow-scripts; default-src 'none'; base-uri 'none'; form-action 'none'; script-src 'nonce-${nonce}'; frame-ancestors https://app.example.com`,
    "referrer-policy": "no-referrer",
  });
  assert.ok(made.beginning.length > PADDING_BYTES);
  assert.equal(made.recycleBytes, 256 * 1024);
  assert.notEqual(form().before.toString(), made.before.toString());
});

test("row 127: the page is in a sandbox without an origin, and shows by its key that it is the server's", () => {
  const made = form("https://app.example.com", 3, "12-34_ab");
  assert.match(made.headers["content-security-policy"] ?? "", /^sandbox allow-scripts;/);
  assert.deepEqual(run(made, flush(made, "2")), [
    { data: { everwire: 3, key: "12-34_ab", payload: "2" }, target: "https://app.example.com" },
  ]);
  for (const key of ["", '"', "a b", "</script>", "é", "a\n", "a".repeat(65)]) {
    assert.equal(iframeForm({ origin: "https://app.example.com", turn: 3, key }), undefined, key);
  }
});

test("a flush is one script and one message", () => {
  const made = form();
  assert.deepEqual(run(made, flush(made, "81", "4a") + flush(made, "2")), [
    { data: { everwire: 3, payload: "81\x1e4a" }, target: "https://app.example.com" },
    { data: { everwire: 3, payload: "2" }, target: "https://app.example.com" },
  ]);
});

test("row 127: what a browser's scripts post is what was sent, whatever it is", () => {
  const next = random(22);
  const made = form();
  const awkward = [
    "</script><script>alert(1)</script>",
    "<!--<script>",
    '");alert(1);("',
    "\u2028\u2029",
    "\\",
    "\\u003c",
  ];
  for (let round = 0; round < 500; round += 1) {
    const payloads = [awkward[round] ?? awkwardText(next), awkwardText(next)].map((text) => `4${text}`);
    const page = flush(made, ...payloads);
    assert.equal(page.match(/<\/?script/gi)?.length, 2);
    assert.deepEqual(
      run(made, page).map(({ data }) => data),
      [{ everwire: 3, payload: payloads.join("\x1e") }],
    );
  }
});

const ORIGINS = [
  "https://app.example.com",
  "http://localhost:3000",
  "http://127.0.0.1:8080",
  "http://[::1]:3000",
  "capacitor://localhost",
  "http://my_service",
];
for (const origin of ORIGINS) {
  test(`${origin} may hold the page`, () => {
    const made = form(origin);
    assert.equal(run(made, flush(made, "6"))[0]?.target, origin);
  });
}

const REFUSED = [
  "",
  "*",
  "null",
  "https://",
  "https://a.example/",
  "https://a.example/path",
  "https://user@a.example",
  "https://A.example",
  "https://a.example; script-src *",
  "https://a.example 'unsafe-inline'",
  "https://a.example, https://b.example",
  "https://*.example",
  "https://a.example\r\nset-cookie: a=b",
  "https://a.example\n",
  'https://a.example"</script>',
  "javascript:alert(1)",
  "https://a.example:123456",
  `https://${"a".repeat(300)}`,
];
for (const origin of REFUSED) {
  test(`row 127: ${JSON.stringify(origin.slice(0, 60))} is no origin`, () => {
    assert.equal(iframeForm({ origin, turn: 1 }), undefined);
  });
}
