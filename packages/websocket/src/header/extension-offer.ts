import { isBlank, isToken } from "./header-text.ts";

/** More offers than this are not read: a client that makes them means no good. */
const MAX_OFFERS = 16;

export interface ExtensionParameter {
  readonly name: string;
  readonly value: string | undefined;
}

/** One offer of Sec-WebSocket-Extensions. Parameters are a list, as peers may repeat them and name them `__proto__`. */
export interface ExtensionOffer {
  readonly name: string;
  readonly parameters: readonly ExtensionParameter[];
}

/**
 * The offers of a Sec-WebSocket-Extensions header (RFC 6455 §9.1), the first 16 of them, or `undefined` when it does
 * not follow the grammar:
 *
 *     offers = offer *( "," offer )      offer = token *( ";" parameter )      parameter = token [ "=" ( token | quoted ) ]
 *
 * One pass over the text, whatever is in it.
 */
export function parseExtensionOffers(header: string): readonly ExtensionOffer[] | undefined {
  const scanner = new OfferScanner(header);
  const offers: ExtensionOffer[] = [];
  do {
    const offer = readOffer(scanner);
    if (offer === undefined) return undefined;
    offers.push(offer);
  } while (offers.length < MAX_OFFERS && scanner.take(","));
  return offers.length === MAX_OFFERS || scanner.atEnd ? offers : undefined;
}

function readOffer(scanner: OfferScanner): ExtensionOffer | undefined {
  const name = scanner.token();
  if (name === undefined) return undefined;
  const parameters: ExtensionParameter[] = [];
  while (scanner.take(";")) {
    const parameter = readParameter(scanner);
    if (parameter === undefined) return undefined;
    parameters.push(parameter);
  }
  return { name, parameters };
}

function readParameter(scanner: OfferScanner): ExtensionParameter | undefined {
  const name = scanner.token();
  if (name === undefined) return undefined;
  if (!scanner.take("=")) return { name, value: undefined };
  const value = scanner.take('"') ? scanner.quoted() : scanner.token();
  return value === undefined ? undefined : { name, value };
}

class OfferScanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
    this.#skipBlanks();
  }

  get atEnd(): boolean {
    return this.#at === this.#text.length;
  }

  /** Passes over `character` and the blanks after it, if it comes next. */
  take(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    this.#skipBlanks();
    return true;
  }

  token(): string | undefined {
    const start = this.#at;
    while (isToken(this.#text[this.#at] ?? "")) this.#at++;
    const token = this.#text.slice(start, this.#at);
    this.#skipBlanks();
    return token === "" ? undefined : token;
  }

  /** The rest of a quoted string, whose value must be a token once unescaped (RFC 6455 §9.1). */
  quoted(): string | undefined {
    let value = "";
    for (; this.#at < this.#text.length; this.#at++) {
      const character = this.#text[this.#at] ?? "";
      if (character === '"') {
        this.#at++;
        this.#skipBlanks();
        return isToken(value) ? value : undefined;
      }
      if (character === "\\") this.#at++;
      value += this.#text[this.#at] ?? "";
    }
    return undefined;
  }

  #skipBlanks(): void {
    while (isBlank(this.#text.charCodeAt(this.#at))) this.#at++;
  }
}
