import assert from "node:assert/strict";
import { test } from "node:test";
import vm from "node:vm";
import { awkwardText, random } from "../carriers/carrier-fixture.test.ts";
import { failure } from "../failures.ts";
import { decodeJsonpForm, isJsonpIndex, JAVASCRIPT, jsonpBody, jsonpFormLimit, jsonpHeaders } from "./jsonp-form.ts";

/** What stock clients do with a payload before it is the value of a `<textarea>` … */
function escapeLines(payload: string): string {
  return payload.replace(/\\n/g, "\\\n").replace(/\n/g, "\\n");
}

/** … and what browsers do with the value of a `<textarea>` in a form that is posted. */
function post(value: string): string {
  return new URLSearchParams({ d: value.replace(/\r\n|\n|\r/g, "\r\n") }).toString();
}

for (const j of ["0", "7", "123456789"]) {
  test(`row 174: j=${j} is an index`, () => assert.ok(isJsonpIndex(j)));
}
for (const j of [
  "",
  "<script>",
  "0;alert(1)",
  "1]",
  "1234567890",
  "9".repeat(10_240),
  "007",
  "-1",
  "1e3",
  " 1",
  "1\n",
  "٣",
]) {
  test(`row 174: j=${JSON.stringify(j.slice(0, 20))} is none`, () => assert.ok(!isJsonpIndex(j)));
}

test("row 174: the answer is a script and nothing else", () => {
  assert.equal(jsonpBody("3", '40{"sid":"a"}'), '/**/___eio[3]("40{\\"sid\\":\\"a\\"}");');
  assert.equal(JAVASCRIPT, "text/javascript; charset=UTF-8");
  assert.deepEqual(jsonpHeaders({ vary: "Origin" }), { vary: "Origin", "x-content-type-options": "nosniff" });
});

test("the callback is given exactly the payload, whatever it is", () => {
  const next = random(23);
  for (let round = 0; round < 500; round += 1) {
    const payload = awkwardText(next) + String.fromCharCode(Math.floor(next() * 65_536));
    const given: string[] = [];
    vm.runInNewContext(jsonpBody("2", payload), { ___eio: { 2: (text: string) => given.push(text) } });
    assert.deepEqual(given, [payload]);
  }
});

const FORMS: readonly [string, string][] = [
  ["d=40", "40"],
  ["d=", ""],
  ["d=4a+b%2Bc%26d%3De", "4a b+c&d=e"],
  ["d=%5Cn", "\n"],
  ["d=%5C%5Cn", "\\n"],
  ["d=%5C%5C%5Cn", "\\\\n"],
  ["d=42%5B%22%E2%80%A8%C3%A9%F0%9F%98%80%22%5D", '42["\u2028é😀"]'],
  ["x=1&d=40&dd=2", "40"],
];
for (const [body, payload] of FORMS) {
  test(`row 175: ${body} is ${JSON.stringify(payload)}`, () => assert.equal(decodeJsonpForm(body, 1000), payload));
}

test("row 175: a form without one field d is a parse error, a broken escape is not UTF-8", () => {
  for (const body of ["", "40", "e=40", "d=1&d=2", "%64=40", `d=40${"&x=1".repeat(16)}`]) {
    assert.equal(decodeJsonpForm(body, 1000), failure("parse_error"), body);
  }
  for (const body of ["d=%", "d=%zz", "d=%C3", "d=%ED%A0%80", "d=%FF%FE"]) {
    assert.equal(decodeJsonpForm(body, 1000), failure("invalid_utf8"), body);
  }
});

test("row 175: the limit is for the payload and counts bytes", () => {
  assert.equal(decodeJsonpForm(post("é".repeat(50)), 100), "é".repeat(50));
  assert.equal(decodeJsonpForm(post("é".repeat(51)), 100), failure("body_too_large"));
});

test("row 175: a form of any kind costs milliseconds, not a second of everybody's time", () => {
  const length = 5_000_000;
  for (const unit of ["&", "+", "%5Cn", "\\n", "%5C%5Cn", "%0A", "a&"]) {
    const body = `d=${unit.repeat(length / unit.length)}`;
    const began = performance.now();
    decodeJsonpForm(body, length);
    const took = performance.now() - began;
    assert.ok(took < 250, `${JSON.stringify(unit)} took ${took} ms`);
  }
});

test("row 175: an escape that is cut off is broken, at the limit too", () => {
  for (const body of ["d=a%", "d=a%4", "d=%4g", "d=%g4", "d=%€"]) {
    assert.equal(decodeJsonpForm(body, 1000), failure("invalid_utf8"), body);
  }
  assert.equal(decodeJsonpForm("d=aa%5Cn", 3), "aa\n");
  assert.equal(decodeJsonpForm("d=aaa%5Cn", 3), failure("body_too_large"));
});

test("row 175: no payload within the limit is too long as a form", () => {
  for (const unit of ["a", "<", "é", "😀", "\\n", "\n", "\\", "\u2028"]) {
    const payload = unit.repeat(1000);
    assert.ok(post(escapeLines(payload)).length <= jsonpFormLimit(Buffer.byteLength(payload)), JSON.stringify(unit));
  }
});

test("row 175: what was posted by a browser is what the client gave it", () => {
  const next = random(24);
  for (let round = 0; round < 2000; round += 1) {
    // A browser turns CR into CR LF, and clients do not escape it; a backslash before LF looks like an escaped `\n`.
    const payload = awkwardText(next).replaceAll("\r", "").replace(/\\+\n/g, "");
    assert.equal(decodeJsonpForm(post(escapeLines(payload)), 10_000), payload);
  }
});
