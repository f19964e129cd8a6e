import { createHash } from "node:crypto";

/** A strong entity tag of these bytes (RFC 9110 §8.8.3); two forms of one file have different tags. */
export function entityTag(body: Uint8Array): string {
  return `"${createHash("sha256").update(body).digest("base64url").slice(0, 27)}"`;
}

/**
 * Whether `If-None-Match` names the tag. RFC 9110 §13.1.2: the comparison is weak, and `*` matches whatever exists.
 * Our tags hold no comma, so a split cannot cut one; time is linear in the header, which Node limits to 16 KiB.
 */
export function namesTag(ifNoneMatch: string | undefined, tag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  if (ifNoneMatch.trim() === "*") return true;
  return ifNoneMatch.split(",").some((item) => item.trim().replace(/^W\//, "") === tag);
}
