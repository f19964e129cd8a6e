/** The forms in which a file is kept, best first. */
export type ContentCoding = "br" | "gzip" | "identity";
export const CONTENT_CODINGS: readonly ContentCoding[] = ["br", "gzip", "identity"];

/** Items of the header that are looked at; a browser sends five. */
const MAX_ITEMS = 32;

/**
 * The best coding that the request accepts (RFC 9110 §12.5.3). Only an explicit mention counts: `*` is not worth the
 * risk, since some peers send it and decode nothing.
 */
export function chooseCoding(acceptEncoding: string | undefined, available: readonly ContentCoding[]): ContentCoding {
  const accepted = acceptedCodings(acceptEncoding ?? "");
  return available.find((coding) => accepted.has(coding)) ?? "identity";
}

function acceptedCodings(header: string): ReadonlySet<string> {
  const accepted = new Set<string>();
  for (const item of header.split(",", MAX_ITEMS)) {
    const [coding = "", ...parameters] = item.split(";", 4).map((part) => part.trim().toLowerCase());
    // RFC 9110 §12.4.2: a weight of 0 means "not acceptable".
    if (!parameters.some((parameter) => /^q=0(\.0{0,3})?$/.test(parameter))) accepted.add(coding);
  }
  return accepted;
}
