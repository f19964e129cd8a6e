import { brotliCompressSync, gzipSync } from "node:zlib";
import { CONTENT_CODINGS, type ContentCoding } from "./content-coding.ts";
import { entityTag } from "./entity-tag.ts";
import { isCompressible, mediaType } from "./media-type.ts";

/** One form of a file, ready to send. */
export interface Representation {
  readonly body: Buffer;
  readonly tag: string;
}

/** A file of the site with all its forms, made once at start. */
export interface SiteFile {
  readonly type: string;
  readonly cacheControl: string;
  /** What is kept, best first; `identity` is always there. */
  readonly codings: readonly ContentCoding[];
  readonly representations: ReadonlyMap<ContentCoding, Representation>;
}

/** Below this compression saves less than one packet. */
const MIN_COMPRESSED = 1024;
/** Above this compression at start would be felt. */
const MAX_COMPRESSED = 2 * 1024 * 1024;

/** The hash that bundlers put into a name: such a file never changes under its name. */
const HASHED = /^\/assets\/[^/]*-[A-Za-z0-9_-]{8}\.[a-z0-9]+$/;
const IMMUTABLE = "public, max-age=31536000, immutable";
/** Kept, but asked for again each time: a new build is seen at once, and costs a 304 otherwise. */
const REVALIDATED = "no-cache";

export function siteFile(path: string, body: Buffer): SiteFile {
  const type = mediaType(path);
  const representations = new Map<ContentCoding, Representation>();
  for (const coding of CONTENT_CODINGS) {
    const coded = encode(coding, type, body);
    if (coded !== undefined) representations.set(coding, { body: coded, tag: entityTag(coded) });
  }
  const cacheControl = HASHED.test(path) ? IMMUTABLE : REVALIDATED;
  return { type, cacheControl, codings: [...representations.keys()], representations };
}

/** The bytes in this coding, or undefined when it would not make them smaller. */
function encode(coding: ContentCoding, type: string, body: Buffer): Buffer | undefined {
  if (coding === "identity") return body;
  if (!isCompressible(type) || body.length < MIN_COMPRESSED || body.length > MAX_COMPRESSED) return undefined;
  const coded = coding === "br" ? brotliCompressSync(body) : gzipSync(body, { level: 9 });
  return coded.length < body.length ? coded : undefined;
}
