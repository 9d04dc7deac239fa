// What is dialled after the call is answered: libphonenumber's own list of notations and its
// limits on the digits (few after an ambiguous mark, so that two numbers beside each other are not
// taken for one with an extension), and the `p` and `w` with which older phones write pauses. `;ext=` is a
// parameter and read as one.
const AFTER_LABEL = "[:.]?[ ,-]*";
const NOTATIONS = [
  `[ ,]*(?:e?xt(?:ensi(?:o\\u0301?|ó))?n?|доб|anexo)${AFTER_LABEL}\\d{1,20}#?`,
  `[ ,]*(?:[x#~]|int)${AFTER_LABEL}\\d{1,9}#?`,
  "[- ]+\\d{1,6}#",
  ` *(?:,,|;|p|w)${AFTER_LABEL}\\d{1,15}#?`,
  ` *,+${AFTER_LABEL}\\d{1,9}#?`,
];
const EXTENSION = new RegExp(`(?:${NOTATIONS.join("|")})$`);

/**
 * Where the extension begins in a plain text such as `+1 415 555 2671 ext. 12`, or -1.
 */
export function extensionStart(plainText: string): number {
  return plainText.search(EXTENSION);
}
