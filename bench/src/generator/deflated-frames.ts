import { once } from "node:events";
import { constants, createDeflateRaw, deflateRawSync } from "node:zlib";
import { COMPRESSED, clientFrame, TEXT } from "./frame.ts";

/** RFC 7692 §7.2.1: the sender removes these octets from the end of a flushed block. */
const FLUSH_TAIL_BYTES = 4;

/** What a compressing client sends: `first` once, then `loop` for ever. */
export interface FrameScript {
  readonly first: readonly Buffer[];
  readonly loop: readonly Buffer[];
}

/** Every message compressed for itself. */
export function freshFrames(messages: readonly Buffer[]): FrameScript {
  const flush = { finishFlush: constants.Z_SYNC_FLUSH };
  return { first: [], loop: messages.map((message) => frameOf(deflateRawSync(message, flush))) };
}

/**
 * Every message compressed with those before it in the window. The second time round the window holds nothing but the
 * same messages, in the same order, as any later time: so the frames of the second round are right for all later ones.
 * That needs messages of 32 KiB or more together.
 */
export async function takeoverFrames(messages: readonly Buffer[]): Promise<FrameScript> {
  const deflate = createDeflateRaw();
  const next = async (message: Buffer) => {
    const chunks: Buffer[] = [];
    const keep = (chunk: Buffer) => chunks.push(chunk);
    deflate.on("data", keep);
    if (!deflate.write(message)) await once(deflate, "drain");
    await new Promise<void>((resolve) => deflate.flush(constants.Z_SYNC_FLUSH, resolve));
    deflate.off("data", keep);
    return frameOf(Buffer.concat(chunks));
  };
  const first: Buffer[] = [];
  const loop: Buffer[] = [];
  for (const message of messages) first.push(await next(message));
  for (const message of messages) loop.push(await next(message));
  deflate.close();
  return { first, loop };
}

function frameOf(deflated: Buffer): Buffer {
  return clientFrame(TEXT | COMPRESSED, deflated.subarray(0, deflated.length - FLUSH_TAIL_BYTES));
}
