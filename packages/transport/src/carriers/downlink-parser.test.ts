// Reads the body of a downlink as a client does (docs/protocol/session.md, "Forms of the downlink"). It holds no test.
import assert from "node:assert/strict";
import type { TransportName } from "../transport.ts";

export const SEPARATOR = "\x1e";

/** The packets of each chunk, and at the end (undefined) what is only known to be whole then. */
export function parserOf(transport: TransportName): (chunk: string | undefined) => string[] {
  let buffered = "";
  return (chunk) => {
    buffered += chunk ?? "";
    if (transport === "streaming") return splitAt(SEPARATOR);
    if (transport === "sse") return splitAt("\n\n").flatMap(packetsOfEvent);
    if (transport === "iframe") return splitAt("</script>").flatMap(packetsOfScript);
    return chunk === undefined ? packetsOfAnswer(transport, buffered) : [];
  };
  function splitAt(end: string): string[] {
    const parts = buffered.split(end);
    buffered = parts.pop() ?? "";
    return parts;
  }
}

function packetsOfEvent(event: string): string[] {
  const line = event.split("\n").find((each) => each.startsWith("data: "));
  if (line === undefined) return [];
  const plain = line.slice(6).replace(/\\(.)/g, (_, unit) => (unit === "n" ? "\n" : unit === "r" ? "\r" : unit));
  return plain.split(SEPARATOR);
}

function packetsOfScript(script: string): string[] {
  const call = /p\((".*")\)$/s.exec(script)?.[1];
  if (call === undefined) return [];
  const payload: unknown = JSON.parse(call);
  assert.ok(typeof payload === "string");
  return payload.split(SEPARATOR);
}

function packetsOfAnswer(transport: TransportName, body: string): string[] {
  if (body === "") return [];
  if (transport !== "jsonp") return body.split(SEPARATOR);
  const argument = /^\/\*\*\/___eio\[7\]\((".*")\);$/s.exec(body)?.[1];
  assert.ok(argument !== undefined, body.slice(0, 100));
  const payload: unknown = JSON.parse(argument);
  assert.ok(typeof payload === "string");
  return payload.split(SEPARATOR);
}
