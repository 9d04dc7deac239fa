// Which code page a text without known words is in shows in how it decodes: the right one gives
// words of one script, and of its letters those that the language uses most. The sets are the most
// frequent letters of the languages that are written so, and for Chinese, Japanese and Korean the
// signs of the commonest family names.

const FREQUENT: readonly [script: RegExp, frequent: RegExp][] = [
  [/\p{Script=Cyrillic}/u, /[оеаинтсрвлО]/u],
  [/\p{Script=Greek}/u, /[αοιετσνρυη]/u],
  [/\p{Script=Hebrew}/u, /[יוהלארמתב]/u],
  [/\p{Script=Arabic}/u, /[اليمنوردب]/u],
  [/\p{Script=Thai}/u, /[านรอกเงมยลวดทส่้ิี]/u],
  [/[\p{Script=Hiragana}\p{Script=Katakana}]/u, /[ア-ンぁ-んー]/u],
  [/\p{Script=Hangul}/u, /[김이박최정강조윤장임한오서신권황안송류전홍수민영지현성]/u],
  [
    /\p{Script=Han}/u,
    /[太郎子美王李张張刘劉陈陳杨楊黄黃赵趙吴吳周徐孙孫马馬朱胡郭何林高罗羅郑鄭佐藤鈴木田中山村井小川本伊加吉口]/u,
  ],
];

/** What a word is worth already by being of one script. */
const ONE_SCRIPT = 0.2;

/** Japanese full-width digits, which no other code page makes of these bytes. */
const WIDE_DIGITS = /[０-９]{2,}/g;

/** Letters, and whatever else is no ASCII; it looks at each character once. */
const WORD = /(?:[\p{L}\p{M}]|[^\0-\x7f\p{P}\p{Z}\p{N}])+/gu;

/** From 0 to 1: the share of the words that are not ASCII which look like words, each by how much. */
export function likeness(text: string): number {
  const words = (text.match(WORD) ?? []).filter((word) => /[^\0-\x7f]/.test(word));
  const digits = text.match(WIDE_DIGITS)?.length ?? 0;
  const sum = words.reduce((sum, word) => sum + wordLikeness(word), digits);
  return sum / Math.max(words.length + digits, 1);
}

function wordLikeness(word: string): number {
  const letters = [...word.normalize("NFC")].filter((character) => !/\p{M}/u.test(character));
  // A sign in the middle of a word, a small letter before a capital one.
  if (letters.some((letter) => !/\p{L}/u.test(letter)) || /\p{Ll}\p{Lu}/u.test(word)) {
    return 0;
  }
  if (letters.every((letter) => /\p{Script=Latin}/u.test(letter))) {
    const accented = letters.filter((letter) => letter > "\x7f").length;
    return accented * 2 < letters.length ? 0.8 : 0;
  }
  const isJapanese = /[\p{Script=Hiragana}\p{Script=Katakana}]/u.test(word);
  const found = FREQUENT.find(([script]) =>
    letters.every(
      (letter) => script.test(letter) || (isJapanese && /[\p{Script=Han}ー]/u.test(letter)),
    ),
  );
  if (found === undefined) {
    return 0;
  }
  const frequent = letters.filter((letter) => found[1].test(letter)).length / letters.length;
  return ONE_SCRIPT + (1 - ONE_SCRIPT) * frequent;
}
