import assert from "node:assert/strict";
import { it } from "node:test";
import { ClientError } from "../failures.ts";
import { DownlinkReport } from "./downlink-report.ts";
import { reportThrown } from "./thrown-failure.ts";

function start() {
  const seen: string[] = [];
  const report = new DownlinkReport(
    {
      opened: () => seen.push("opened"),
      came: () => seen.push("came"),
      payload: (text) => seen.push(text),
      ended: () => seen.push("ended"),
      failed: (code, detail) => seen.push(`${code} ${detail}`),
    },
    () => seen.push("released"),
  );
  return { report, seen };
}

it("a downlink tells of its beginning once, and of more that comes, though it is no whole packet", () => {
  const { report, seen } = start();
  assert.equal(report.begun, false);
  report.came();
  report.came();
  report.payload("6");
  assert.deepEqual(seen, ["opened", "came", "6"]);
  assert.equal(report.begun, true);
});

it("a downlink has one last word, and is released before it", () => {
  const { report, seen } = start();
  reportThrown(report, new ClientError("parse_error", { message: "junk" }));
  report.ended();
  report.came();
  report.payload("6");
  report.close();
  assert.deepEqual(seen, ["released", "parse_error junk"]);
  assert.equal(report.over, true);
});
