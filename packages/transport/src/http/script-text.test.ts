import assert from "node:assert/strict";
import { test } from "node:test";
import vm from "node:vm";
import { awkwardText, random } from "../carriers/carrier-fixture.test.ts";
import { scriptText } from "./script-text.ts";

const ROWS: readonly [string, string][] = [
  ["plain", "plain"],
  ['say "no"', 'say \\"no\\"'],
  ["back\\slash", "back\\\\slash"],
  ["</script><!--", "\\u003c/script\\u003e\\u003c!--"],
  ["a & b", "a \\u0026 b"],
  ["\u2028\u2029", "\\u2028\\u2029"],
  ["\x1e\0\r\n", "\\u001e\\u0000\\r\\n"],
  ["\ud800", "\\ud800"],
  ["é😀", "é😀"],
];

for (const [text, written] of ROWS) {
  test(`${JSON.stringify(text)} is written ${written}`, () => assert.equal(scriptText(text), written));
}

test("a script has exactly the text, whatever it is", () => {
  const next = random(20);
  for (let round = 0; round < 2000; round += 1) {
    const text = awkwardText(next) + String.fromCharCode(Math.floor(next() * 65_536));
    const written = scriptText(text);
    assert.doesNotMatch(written, /[<>&\n\r\u2028\u2029]/);
    assert.equal(vm.runInThisContext(`"${written}"`), text);
  }
});
