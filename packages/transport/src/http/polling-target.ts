/** Longer targets are for the parser that has a row for them. */
const MAX_TARGET = 2048;

const ENCODED = /[%+]/;

/**
 * The `sid` in the target of a request as stock clients of revision 4 write it once their session polls. Undefined for every
 * target that is anything else, or that could be read in more than one way: those have to be parsed (`parseQuery`).
 *
 * What it returns, `parseQuery` and the admission would say as well: `EIO=4`, `transport=polling` and `sid` are there once
 * each, no other parameter means anything to a listener, and nothing is encoded.
 */
export function polledSession(target: string): string | undefined {
  if (target.length > MAX_TARGET || ENCODED.test(target)) return undefined;
  let version = false;
  let polling = false;
  let id: string | undefined;
  for (let start = target.indexOf("?") + 1, end = 0; start > 0 && start < target.length; start = end + 1) {
    end = endOf(target, start);
    const equals = target.indexOf("=", start);
    // A parameter without a value, and an empty one between two separators, are read by the parser.
    if (equals < 0 || equals >= end) return undefined;
    switch (target.slice(start, equals)) {
      case "EIO":
        if (version || !isValue(target, equals, end, "4")) return undefined;
        version = true;
        break;
      case "transport":
        if (polling || !isValue(target, equals, end, "polling")) return undefined;
        polling = true;
        break;
      case "sid":
        if (id !== undefined) return undefined;
        id = target.slice(equals + 1, end);
        break;
      case "j":
      case "everwire":
      case "ack":
      case "turn":
        return undefined;
    }
  }
  return version && polling ? id : undefined;
}

function endOf(target: string, start: number): number {
  const separator = target.indexOf("&", start);
  return separator < 0 ? target.length : separator;
}

function isValue(target: string, equals: number, end: number, value: string): boolean {
  return end - equals - 1 === value.length && target.startsWith(value, equals + 1);
}
