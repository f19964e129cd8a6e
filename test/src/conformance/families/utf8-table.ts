/** Byte sequences that are UTF-8 and that are not, after RFC 3629 §3 and §4 and the tables of the Unicode Standard. */

export type Sequence = readonly [name: string, bytes: Buffer];

function hex(name: string, text: string): Sequence {
  return [name, Buffer.from(text.replaceAll(" ", ""), "hex")];
}

export const GOOD_UTF8: readonly Sequence[] = [
  hex("nul", "00"),
  hex("u-7f", "7f"),
  hex("u-80", "c2 80"),
  hex("u-7ff", "df bf"),
  hex("u-800", "e0 a0 80"),
  hex("u-fff", "e0 bf bf"),
  hex("u-1000", "e1 80 80"),
  hex("u-cfff", "ec bf bf"),
  hex("u-d000", "ed 80 80"),
  hex("u-d7ff", "ed 9f bf"),
  hex("u-e000", "ee 80 80"),
  hex("byte-order-mark", "ef bb bf"),
  hex("replacement", "ef bf bd"),
  hex("noncharacter-fdd0", "ef b7 90"),
  hex("noncharacter-fffe", "ef bf be"),
  hex("noncharacter-ffff", "ef bf bf"),
  hex("u-10000", "f0 90 80 80"),
  hex("noncharacter-1ffff", "f0 9f bf bf"),
  hex("u-3ffff", "f0 bf bf bf"),
  hex("u-40000", "f1 80 80 80"),
  hex("u-fffff", "f3 bf bf bf"),
  hex("u-100000", "f4 80 80 80"),
  hex("u-10ffff", "f4 8f bf bf"),
  ["greek", Buffer.from("κόσμε")],
  ["emoji-sequence", Buffer.from("👩‍👩‍👧‍👦")],
  ["all-lengths", Buffer.from("aä€😀 z")],
];

/** Wrong whatever follows. */
export const BAD_UTF8: readonly Sequence[] = [
  hex("lone-80", "80"),
  hex("lone-bf", "bf"),
  hex("lone-continuations", "80 bf 80 bf 80 bf"),
  hex("one-continuation-too-many", "c3 a4 a4"),
  ...["c0", "c1", "f5", "f6", "f7", "f8", "fb", "fc", "fd", "fe", "ff"].map((byte) => hex(`byte-${byte}`, byte)),
  hex("bytes-fe-ff", "fe fe ff ff"),
  hex("overlong-slash-2", "c0 af"),
  hex("overlong-slash-3", "e0 80 af"),
  hex("overlong-slash-4", "f0 80 80 af"),
  hex("overlong-slash-5", "f8 80 80 80 af"),
  hex("overlong-slash-6", "fc 80 80 80 80 af"),
  hex("overlong-nul-2", "c0 80"),
  hex("overlong-nul-3", "e0 80 80"),
  hex("overlong-nul-4", "f0 80 80 80"),
  hex("overlong-7f", "c1 bf"),
  hex("overlong-7ff", "e0 9f bf"),
  hex("overlong-ffff", "f0 8f bf bf"),
  hex("surrogate-d800", "ed a0 80"),
  hex("surrogate-db7f", "ed ad bf"),
  hex("surrogate-db80", "ed ae 80"),
  hex("surrogate-dbff", "ed af bf"),
  hex("surrogate-dc00", "ed b0 80"),
  hex("surrogate-df80", "ed be 80"),
  hex("surrogate-dfff", "ed bf bf"),
  hex("surrogate-pair", "ed a0 bd ed b8 80"),
  hex("u-110000", "f4 90 80 80"),
  hex("u-13ffff", "f4 bf bf bf"),
  hex("u-1fffff", "f7 bf bf bf"),
  hex("c3-then-ascii", "c3 28"),
  hex("e2-then-ascii", "e2 28 a1"),
  hex("e2-82-then-ascii", "e2 82 28"),
  hex("f0-then-ascii", "f0 28 8c bc"),
  hex("f0-90-then-ascii", "f0 90 28 bc"),
  hex("f0-90-8c-then-ascii", "f0 90 8c 28"),
  hex("c3-then-lead", "c3 c3 a4"),
  hex("e2-82-then-lead", "e2 82 e2 82 ac"),
];

/** Right so far: wrong only as the end of a message. */
export const UNFINISHED_UTF8: readonly Sequence[] = [
  hex("c2", "c2"),
  hex("df", "df"),
  hex("e0-a0", "e0 a0"),
  hex("e2", "e2"),
  hex("e2-82", "e2 82"),
  hex("ef-bf", "ef bf"),
  hex("f0", "f0"),
  hex("f0-9f", "f0 9f"),
  hex("f0-9f-98", "f0 9f 98"),
  hex("f4-8f-bf", "f4 8f bf"),
];
