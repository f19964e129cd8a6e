/** A living tab answers within this time, ms. */
const ANSWER_WITHIN = 60;

/**
 * Asks the other tabs whether one of them already has this id, and from then on answers for it. The question names the
 * asker, so that two tabs restored at the same moment do not both give way.
 */
export async function hasTwin(id: string): Promise<boolean> {
  const channel = new BroadcastChannel("everwire:tabs");
  const asker = crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
  let asking = true;
  const found = await new Promise<boolean>((resolve) => {
    channel.onmessage = (event: MessageEvent<unknown>): void => {
      const heard = readTabMessage(event.data);
      if (heard === undefined || heard.id !== id || heard.asker === asker) return;
      if (heard.kind === "mine") resolve(true);
      // Two that ask at once: the lower number keeps the id.
      else if (!asking || asker < heard.asker) channel.postMessage({ kind: "mine", id, asker });
    };
    channel.postMessage({ kind: "whose", id, asker });
    setTimeout(() => resolve(false), ANSWER_WITHIN);
  });
  asking = false;
  if (found) channel.close();
  return found;
}

interface TabMessage {
  readonly kind: "whose" | "mine";
  readonly id: string;
  readonly asker: number;
}

function readTabMessage(data: unknown): TabMessage | undefined {
  if (typeof data !== "object" || data === null) return undefined;
  if (!("kind" in data && "id" in data && "asker" in data)) return undefined;
  const { kind, id, asker } = data;
  if ((kind !== "whose" && kind !== "mine") || typeof id !== "string" || typeof asker !== "number") return undefined;
  return { kind, id, asker };
}
