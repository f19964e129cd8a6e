import type { FrameCase } from "../conformance-case.ts";
import type { Delivery } from "../delivery.ts";
import {
  binary,
  binaryMessage,
  DATA_TYPES,
  type DataType,
  echoes,
  type FamilyContext,
  fragments,
  inParts,
  type Looks,
  payload,
  text,
  textMessage,
} from "./vocabulary.ts";

/** Round the places where the form of the length changes (RFC 6455 §5.2). */
const SIZES = [0, 1, 125, 126, 127, 128, 65535, 65536, 65537];
const LARGE = 65535;

const PART_COUNTS = [2, 5, 16];

/** RFC 6455 §5.2, §5.4, §5.6: messages of every form of length, however they are cut. */
export function dataMessages({ role }: FamilyContext): FrameCase[] {
  const keys = role === "client" ? (["random", "zero"] as const) : (["none"] as const);
  const rows = SIZES.flatMap((size) =>
    DATA_TYPES.flatMap((type) => [
      ...keys.flatMap((key) => deliveriesOf(size).map((delivery) => wholeMessage(type, size, delivery, key))),
      ...PART_COUNTS.flatMap((count) => [
        fragmented(type, size, count, "whole"),
        fragmented(type, size, count, "split"),
      ]),
    ]),
  );
  return [...rows, ...DATA_TYPES.map((type) => wholeMessage(type, 65536, "bytes", "random")), ...early(), ...many()];
}

/** Long messages byte by byte take long: only one of each type goes that way, of the others the ends. */
function deliveriesOf(size: number): readonly Delivery[] {
  return size < LARGE ? ["whole", "bytes", "split"] : ["whole", "edges", "split"];
}

function wholeMessage(type: DataType, size: number, delivery: Delivery, key: "random" | "zero" | "none"): FrameCase {
  const data = payload(type, size);
  const looks: Looks = key === "zero" ? { mask: "zero" } : {};
  const suffix = key === "zero" ? "-key-zero" : "";
  return {
    kind: "frames",
    id: `6455/5.6/${type}-${size}-${delivery}${suffix}`,
    title: `a ${type} message of ${size} bytes comes back (written ${delivery}, key ${key})`,
    send: [type === "text" ? text(data, looks) : binary(data, looks)],
    delivery,
    expect: [echoes(type === "text" ? textMessage(data) : binaryMessage(data))],
  };
}

function fragmented(type: DataType, size: number, count: number, delivery: Delivery): FrameCase {
  const data = payload(type, size);
  return {
    kind: "frames",
    id: `6455/5.4/${type}-${size}-in-${count}-${delivery}`,
    title: `a ${type} message of ${size} bytes in ${count} fragments comes back (written ${delivery})`,
    send: fragments(type, inParts(data, count)),
    delivery,
    expect: [echoes(type === "text" ? textMessage(data) : binaryMessage(data))],
  };
}

/** Frames in the same segment as the handshake, or cut anywhere between the two. */
function early(): FrameCase[] {
  const deliveries: readonly Delivery[] = ["whole", "bytes", "split"];
  const data = payload("text", 300);
  return deliveries.map((delivery) => ({
    kind: "frames",
    id: `6455/4/frames-behind-the-handshake-${delivery}`,
    title: `frames sent together with the opening handshake are processed (written ${delivery})`,
    send: [text(data), ...fragments("binary", inParts(data, 3))],
    delivery,
    early: true,
    expect: [echoes(textMessage(data), binaryMessage(data))],
  }));
}

/** Several messages in one segment come back in order. */
function many(): FrameCase[] {
  const counts = [2, 10, 200];
  return counts.map((count) => {
    const words = Array.from({ length: count }, (_, at) => `message ${at}`);
    return {
      kind: "frames",
      id: `6455/5.6/order-of-${count}`,
      title: `${count} messages in one segment come back in order`,
      send: words.map((word) => text(word)),
      freshKeys: true,
      expect: [echoes(...words.map((word) => textMessage(word)))],
    };
  });
}
