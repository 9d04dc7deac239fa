import { columnWords } from "./column-name.ts";

// Words, without accents, that name a telephone in the headers of Google, Outlook, Apple,
// Thunderbird and carriers' exports: English, German, French, Spanish, Italian, Portuguese, Dutch,
// Turkish, Russian, Hebrew, and (last lines) Arabic, Chinese, Japanese and Korean.
const PHONE_WORD = new RegExp(
  `^(?:${[
    "(?:cell|tele)?phones?(?:numbers?)?|tel|tels|tlf|telno|msisdn|e164|callback|whatsapp|isdn",
    "\\p{L}*telephon\\p{L}*|\\p{L}*telef(?:o[eo]?n|on[aeo])\\p{L}*|telemovel",
    "\\p{L}*fax|telecopie|pager|beeper",
    "mobiles?|mobil|mobiel|mobil(?:e|funk)?(?:nummer|number|phone)|movil(?:es)?|gsm|portable|cep",
    "cell?|cells|cell?ular(?:es|e|i)?|cellulaire|handy(?:nummer)?|rufnummer",
    "телефон\\p{L}*|мобильн\\p{L}*|טלפון|נייד",
    "هاتف|هواتف|تليفون|تلفون|جوال|موبايل|محمول|خلوي|نقال|فاكس",
    "\\p{L}*(?:电话|手机|電話|携帯|전화|휴대폰)\\p{L}*",
  ].join("|")})$`,
  "u",
);

// "Phone 1 - Label", "Phone Type", "phone_hash", "Phone country code": about a number, not one.
const OTHER_WORD =
  /^(?:label|type|typ|tipo|etiqueta|libelle|etichetta|hash|code|country|carrier|provider|verified|id|نوع)$/u;

// Names that mean a telephone only when nothing else stands beside them.
const BARE_NAME = /^(?:contact )?(?:numbers?|numero|nummer|no|رقم)(?: \d+)?$/u;

/** Whether a column of this name holds telephone numbers; fax lines and pagers count. */
export function isPhoneColumn(name: string): boolean {
  const words = columnWords(name);
  return (
    BARE_NAME.test(words.join(" ")) ||
    (words.some((word) => PHONE_WORD.test(word)) && !words.some((word) => OTHER_WORD.test(word)))
  );
}

/** The positions, from 0, of a header's phone columns. */
export function phoneColumns(header: readonly string[]): number[] {
  return header.flatMap((name, position) => (isPhoneColumn(name) ? [position] : []));
}
