import { generateKeyPairSync, randomBytes, sign } from "node:crypto";

// A self-signed certificate for localhost, made anew in each run: no key that anybody has seen is ever trusted.
// Names and structure as RFC 5280 §4.1 has them, encoded by X.690 (DER).

const INTEGER = 0x02;
const BOOLEAN = 0x01;
const BIT_STRING = 0x03;
const OCTET_STRING = 0x04;
const OBJECT_IDENTIFIER = 0x06;
const UTF8_STRING = 0x0c;
const GENERALIZED_TIME = 0x18;
const SEQUENCE = 0x30;
const SET = 0x31;

const context = (number: number): number => 0xa0 | number;
const contextPrimitive = (number: number): number => 0x80 | number;

/** X.690 §8.1: tag, length, contents. */
function der(tag: number, ...contents: readonly (string | Uint8Array)[]): Buffer {
  const body = Buffer.concat(contents.map((part) => Buffer.from(part)));
  const size = body.length;
  const length = size < 128 ? [size] : size < 256 ? [0x81, size] : [0x82, size >> 8, size & 255];
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
}

const identifier = (hex: string): Buffer => der(OBJECT_IDENTIFIER, Buffer.from(hex, "hex"));
const TRUE = der(BOOLEAN, Buffer.from([0xff]));

/** YYYYMMDDHHMMSSZ, `days` from now. */
function time(days: number): Buffer {
  const date = new Date(Date.now() + days * 86_400_000).toISOString();
  return der(GENERALIZED_TIME, `${date.slice(0, 19).replace(/\D/g, "")}Z`);
}

function selfSigned(): { certificate: string; privateKey: string } {
  const keys = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const ecdsaWithSha256 = der(SEQUENCE, identifier("2a8648ce3d040302"));
  const name = der(SEQUENCE, der(SET, der(SEQUENCE, identifier("550403"), der(UTF8_STRING, "localhost"))));
  const addresses = [der(contextPrimitive(2), "localhost"), der(contextPrimitive(7), Buffer.from([127, 0, 0, 1]))];
  const subjectAltName = der(SEQUENCE, identifier("551d11"), der(OCTET_STRING, der(SEQUENCE, ...addresses)));
  const basicConstraints = der(SEQUENCE, identifier("551d13"), TRUE, der(OCTET_STRING, der(SEQUENCE, TRUE)));
  const signed = der(
    SEQUENCE,
    der(context(0), der(INTEGER, Buffer.from([2]))),
    // A leading 1 keeps the serial number positive and short of a leading zero.
    der(INTEGER, Buffer.from([1]), randomBytes(8)),
    ecdsaWithSha256,
    name,
    der(SEQUENCE, time(-1), time(1)),
    name,
    keys.publicKey.export({ type: "spki", format: "der" }),
    der(context(3), der(SEQUENCE, subjectAltName, basicConstraints)),
  );
  const signature = der(BIT_STRING, Buffer.from([0]), sign("sha256", signed, keys.privateKey));
  const whole = der(SEQUENCE, signed, ecdsaWithSha256, signature).toString("base64");
  return {
    certificate: `-----BEGIN CERTIFICATE-----\n${whole.replace(/.{64}/g, "$&\n")}\n-----END CERTIFICATE-----\n`,
    privateKey: keys.privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}

export const { certificate, privateKey }: { certificate: string; privateKey: string } = selfSigned();
