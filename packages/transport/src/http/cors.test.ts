import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Cors } from "./cors.ts";
import { OriginRule } from "./origin.ts";

const APP = "https://app.example";

describe("CORS headers", () => {
  it("are not sent unless foreign origins are configured", () => {
    const cors = new Cors(new OriginRule("same-origin"), {});
    assert.deepEqual(cors.headers(APP), {});
    assert.deepEqual(cors.preflight(APP), {});
  });

  it("name the one origin and always vary by it (184)", () => {
    const cors = new Cors(new OriginRule([APP]), {});
    assert.deepEqual(cors.headers(APP), { "access-control-allow-origin": APP, vary: "Origin" });
    assert.deepEqual(cors.headers(undefined), { vary: "Origin" });
  });

  it("answer a preflight with what is configured, not with what was asked for (182)", () => {
    const cors = new Cors(new OriginRule([APP]), { credentials: true, allowedHeaders: ["x-token"], maxAge: 5 });
    assert.deepEqual(cors.preflight(APP), {
      "access-control-allow-origin": APP,
      "access-control-allow-credentials": "true",
      "access-control-allow-methods": "GET, POST",
      "access-control-allow-headers": "x-token",
      "access-control-max-age": "5",
      vary: "Origin",
    });
    assert.deepEqual(cors.preflight(undefined), { vary: "Origin" });
  });

  it("never combine every origin with credentials (183)", () => {
    assert.deepEqual(new Cors(new OriginRule("*"), {}).headers(APP), { "access-control-allow-origin": "*" });
    assert.throws(() => new Cors(new OriginRule("*"), { credentials: true }), TypeError);
  });
});
