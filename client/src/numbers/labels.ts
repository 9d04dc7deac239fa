// The words that stand beside a number to say which one it is. Behind a + the digits are a phone
// number whatever stands beside them; without it, `Room 12345678` looks like `Mobile 12345678`, and
// only words tell. So these must be known. What is not in the list is refused, and listed.

/** Longer ones, compounds included, are somebody's prose. */
const LONGEST_WORD = 40;

/** Found anywhere in a word, since many languages compound: Diensthandy, Telefonnummer, 手机号码. */
const STEMS =
  "telef telephon phone mobil movil handy celular cellul whatsapp telepon ponsel puhelin kannyk" +
  " telefoon komork телеф мобил сотов τηλεφων κινητ" +
  " هاتف جوال موبايل موبایل تليفون تلفون تلفن محمول همراه טלפון נייד फोन मोबाइल ফোন মোবাইল โทร มือถือ" +
  " 电话 電話 手机 手機 行动 行動 携帯 移动 移動 座机 モバイル ケータイ スマホ 전화 휴대 핸드폰";

/** Whole words: short forms of the same, and where a number rings. */
const WORDS =
  "tel tels tele fon fone fono tlf tlfn tfn tfno ph mob cell cel cels gsm hp sdt fax sms" +
  " telp telpon viber telegram signal wechat imessage facetime call dial direct direkt" +
  " home work office private privat personal business main other landline emergency" +
  " buro buero arbeit geschaft geschaftlich dienst dienstlich firma zuhause festnetz notfall" +
  " maison bureau travail domicile fixe port portable bur dom perso" +
  " casa lavoro ufficio trabajo oficina trabalho escritorio domicilio particular fijo fixo" +
  " thuis werk kantoor mobiel hjem arbejde arbeid jobb hem koti tyo praca biuro ev ofis rumah kantor" +
  " đt sđt đien thoai тел моб раб дом сот рабочий домашний τηλ κιν منزل عمل بيت مكتب واتساب בית משרד 家 公司 自宅 会社 집 회사";

/** Words that only go along with the others. */
const COMPANIONS =
  "number numbers no nr num numero nummer numara cep номер номера n° nº № رقم my new old mein meine neu alt mon ma mio mi meu";

const LETTERS = "c f h m o p t w";

/** The signs of a telephone, which are as good as the word. */
const TELEPHONES =
  /[\u260e\u260f\u2706\u{1f4de}\u{1f4df}\u{1f4e0}\u{1f4f1}\u{1f4f2}\u{1f57b}\u{1f57d}-\u{1f57f}]/gu;

/** What is between two words. */
const BETWEEN_WORDS = /[\s.,:;()[\]<>"'`|#/&!_-]+/;

/** Without marks above and below the letters, which are typed or not, in one piece or in two. */
const fold = (text: string) => text.normalize("NFD").replace(/[\u0300-\u036f]/g, "");

const listOf = (text: string) => fold(text).split(" ");

const stems = listOf(STEMS);
const words = new Set(listOf(WORDS));
const companions = new Set(listOf(COMPANIONS));
const letters = new Set(listOf(LETTERS));

/** The words of what stands beside a number, in plain text. */
export function wordsOf(plainText: string): string[] {
  return plainText.replace(TELEPHONES, " tel ").split(BETWEEN_WORDS).filter(Boolean);
}

/** Whether a word says of a number that it is a phone's. */
export function isPhoneWord(word: string): boolean {
  if (word.length > LONGEST_WORD) return false;
  const folded = fold(word);
  return words.has(folded) || stems.some((stem) => folded.includes(stem));
}

/** Whether a text beside a number says that it is a phone's, and nothing else. */
export function isPhoneLabel(plainText: string): boolean {
  let says = false;
  for (const word of wordsOf(plainText)) {
    if (word.length > LONGEST_WORD) return false;
    if (isPhoneWord(word) || isLetterLabel(word, plainText)) says = true;
    else if (!companions.has(fold(word))) return false;
  }
  return says;
}

/** `M: …`, `T. …`; without the colon a letter belongs to the digits, as in a passport's number. */
function isLetterLabel(word: string, plainText: string): boolean {
  if (!letters.has(word)) return false;
  return [":", ".", " :"].some((end) => plainText.includes(word + end));
}
