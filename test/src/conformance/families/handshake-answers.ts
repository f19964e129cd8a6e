import type { AnswerCase } from "../conformance-case.ts";
import type { Delivery } from "../delivery.ts";
import { answerText, describeChanges, type HandshakeChanges } from "../opening-handshake.ts";

type Row = readonly [name: string, changes: HandshakeChanges | string, expect: AnswerCase["expect"]];

/** RFC 6455 §4.1: which answers a client takes for an open connection. */
export function handshakeAnswers(): AnswerCase[] {
  const rows = [...statuses(), ...upgrades(), ...accepts(), ...choices(), ...forms()];
  return [...rows.map(toCase), ...deliveries(), ...deflateAnswers()];
}

function toCase([name, changes, expect]: Row): AnswerCase {
  const send = typeof changes === "string" ? changes : answerText(changes);
  return {
    kind: "answer",
    id: `6455/4.1/${name}`,
    title: typeof changes === "string" ? name.replaceAll("-", " ") : describeChanges(changes),
    send,
    expect,
  };
}

function statuses(): Row[] {
  const refusals = [
    "200 OK",
    "204 No Content",
    "400 Bad Request",
    "403 Forbidden",
    "404 Not Found",
    "426 Upgrade Required",
  ];
  const more = [
    "429 Too Many Requests",
    "500 Internal Server Error",
    "503 Service Unavailable",
    "299 Odd",
    "999 Odder",
  ];
  const lines: readonly (readonly [string, string, AnswerCase["expect"]])[] = [
    ["reason-empty", "HTTP/1.1 101 ", "opens"],
    ["reason-other", "HTTP/1.1 101 Web Socket Protocol Handshake", "opens"],
    ["reason-high-bytes", "HTTP/1.1 101 Prot\xf3colo", "either"],
    ["reason-left-out", "HTTP/1.1 101", "either"],
    ["http-1.0", "HTTP/1.0 101 Switching Protocols", "either"],
    ["http-2.0", "HTTP/2.0 101 Switching Protocols", "either"],
    ["status-of-two-digits", "HTTP/1.1 10 Switching", "fails"],
    ["status-of-words", "HTTP/1.1 abc Switching", "fails"],
    ["no-http", "SSH-2.0-OpenSSH_9.6", "fails"],
    ["garbage", "\x15\x03\x01\x00\x02\x02\x0a", "fails"],
  ];
  return [
    ...[...refusals, ...more].map(
      (status): Row => [
        `status-${status.slice(0, 3)}`,
        { line: `HTTP/1.1 ${status}`, add: [["Content-Length", "0"]] },
        "fails",
      ],
    ),
    [
      "redirect",
      {
        line: "HTTP/1.1 302 Found",
        add: [
          ["Location", "/elsewhere"],
          ["Content-Length", "0"],
        ],
      },
      "fails",
    ],
    ["continue-first", `HTTP/1.1 100 Continue\r\n\r\n${answerText()}`, "either"],
    ...lines.map(([name, line, expect]): Row => [`line-${name}`, { line }, expect]),
  ];
}

function upgrades(): Row[] {
  const upgrade: readonly (readonly [string, string, AnswerCase["expect"]])[] = [
    ["mixed-case", "WebSocket", "opens"],
    ["h2c", "h2c", "fails"],
    ["empty", "", "fails"],
    ["near-miss", "websockets", "fails"],
    ["list", "h2c, websocket", "either"],
  ];
  const connection: readonly (readonly [string, string, AnswerCase["expect"]])[] = [
    ["lower-case", "upgrade", "opens"],
    ["list", "keep-alive, Upgrade", "opens"],
    ["keep-alive", "keep-alive", "fails"],
    ["near-miss", "Upgraded", "fails"],
    ["empty", "", "fails"],
  ];
  return [
    ...upgrade.map(([name, value, expect]): Row => [`upgrade-${name}`, { set: { Upgrade: value } }, expect]),
    ...connection.map(([name, value, expect]): Row => [`connection-${name}`, { set: { Connection: value } }, expect]),
    ["upgrade-missing", { drop: ["Upgrade"] }, "fails"],
    ["connection-missing", { drop: ["Connection"] }, "fails"],
  ];
}

function accepts(): Row[] {
  const values: readonly (readonly [string, string, AnswerCase["expect"]])[] = [
    ["empty", "", "fails"],
    ["of-the-example", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", "fails"],
    ["with-a-character-more", "{accept}=", "fails"],
    ["without-padding", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo", "fails"],
    ["twice-in-a-value", "{accept}, {accept}", "fails"],
    ["with-blanks", "  {accept}\t ", "opens"],
  ];
  return [
    ...values.map(
      ([name, value, expect]): Row => [`accept-${name}`, { set: { "Sec-WebSocket-Accept": value } }, expect],
    ),
    ["accept-missing", { drop: ["Sec-WebSocket-Accept"] }, "fails"],
    ["accept-wrong-then-right", { first: [["Sec-WebSocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="]] }, "fails"],
  ];
}

/** Items 5 and 6 of what a client checks: nothing is chosen that it did not offer. The client offers no subprotocol. */
function choices(): Row[] {
  const extensions = [
    "x-unheard-of",
    "permessage-deflate, x-unheard-of",
    "__proto__",
    "permessage-deflate; server_max_window_bits=7",
    ";;",
    'x="',
    "bbf-usp-protocol",
  ];
  const protocols = ["chat", "", "__proto__", "a, b"];
  return [
    ...extensions.map(
      (value, at): Row => [`extension-unrequested-${at}`, { add: [["Sec-WebSocket-Extensions", value]] }, "fails"],
    ),
    ...protocols.map(
      (value, at): Row => [
        `protocol-unrequested-${at}`,
        { add: [["Sec-WebSocket-Protocol", value]] },
        value === "" ? "either" : "fails",
      ],
    ),
  ];
}

function forms(): Row[] {
  const plain = answerText();
  return [
    ["header-names-lower-case", plain.replace(/^[A-Z][\w-]+(?=:)/gm, (name) => name.toLowerCase()), "opens"],
    ["header-names-upper-case", plain.replace(/^[A-Z][\w-]+(?=:)/gm, (name) => name.toUpperCase()), "opens"],
    ["header-without-blank", plain.replaceAll(": ", ":"), "opens"],
    [
      "header-unknown",
      {
        add: [
          ["X-Anything", "at all"],
          ["Set-Cookie", "a=b"],
          ["Set-Cookie", "c=d"],
        ],
      },
      "opens",
    ],
    ["header-high-bytes", { add: [["X-Latin", "caf\xe9"]] }, "either"],
    ["header-proto", { add: [["__proto__", "constructor"]] }, "opens"],
    ["header-folded", { add: [["X-Folded", "a\r\n b"]] }, "either"],
    ["header-with-nul", { add: [["X-Nul", "a\0b"]] }, "fails"],
    ["header-without-colon", plain.replace("Upgrade:", "NoColon\r\nUpgrade:"), "fails"],
    ["header-of-100-kb", { add: [["X-Big", "b".repeat(100_000)]] }, "either"],
    ["content-length", { add: [["Content-Length", "0"]] }, "either"],
    ["lines-end-in-lf", plain.replaceAll("\r\n", "\n"), "either"],
    ["version-header", { add: [["Sec-WebSocket-Version", "13"]] }, "opens"],
    ["connection-lists-close", { set: { Connection: "Upgrade, close" } }, "either"],
  ];
}

function deliveries(): AnswerCase[] {
  const ways: readonly Delivery[] = ["bytes", "split"];
  return ways.flatMap((delivery) => [
    { ...toCase([`opens-${delivery}`, {}, "opens"]), delivery },
    { ...toCase([`fails-${delivery}`, { set: { Upgrade: "h2c" } }, "fails"]), delivery },
  ]);
}

/** RFC 7692 §7.1: choices that no offer of permessage-deflate allows. Only a client that makes one can be asked. */
function deflateAnswers(): AnswerCase[] {
  const wrong = [
    "unknown_parameter",
    "server_no_context_takeover; server_no_context_takeover",
    "client_no_context_takeover=1",
    "server_max_window_bits",
    "server_max_window_bits=7",
    "server_max_window_bits=16",
    "server_max_window_bits=08",
    "server_max_window_bits=8.0",
    "client_max_window_bits",
    "client_max_window_bits=7",
    "client_max_window_bits=16",
  ];
  const answers = [
    ...wrong.map((parameters) => `permessage-deflate; ${parameters}`),
    "permessage-deflate, permessage-deflate",
  ];
  return answers.map((value, at) => ({
    kind: "answer",
    id: `7692/7.1/answer-wrong-${at}`,
    title: `the answer "${value}" fails the connection`,
    send: answerText({ add: [["Sec-WebSocket-Extensions", value]] }),
    expect: "fails",
    offered: "permessage-deflate",
  }));
}
