import type { ChatMember } from "./chat-member.ts";

/**
 * Puts what the server knows in the place of what a client says: the name and transport of its presence, and nothing but
 * `typing` in its signals. So nobody is present under a name that is not theirs. Other packets are left alone; `request`
 * is the client's, of any shape, and is changed in place.
 */
export function stampNotice(event: string | number, request: unknown, member: ChatMember, transport: string): void {
  if (typeof request !== "object" || request === null) return;
  if (event === "channel:enter") Object.assign(request, { data: { name: member.name.shown, transport } });
  if (event === "channel:signal") Object.assign(request, { data: { typing: isTyping(request) } });
}

function isTyping(request: object): boolean {
  const data: unknown = "data" in request ? request.data : undefined;
  return typeof data === "object" && data !== null && "typing" in data && data.typing === true;
}
