import { wordsOf } from "./phone-words.ts";

/**
 * Beside a word for a telephone they say that the column is about numbers and holds none: "Phone 1 -
 * Label", "Last Phone Call", "Phone Extension", "is_mobile", "Fax count".
 */
const ABOUT_WORDS: ReadonlySet<string> = new Set(
  wordsOf(`
  label labels type types kind typ tipo tipi tip type etiqueta libellé étiquette etichetta soort тип
  نوع típus tyyppi tür türü 类型 類型 種類 種別 종류 유형 loại jenis
  hash hashes hashed sha md digest encrypted masked token
  code codes codigo código codice kod kód код コード country pais país paese pays land kraj страна ülke
  ulke negara رمز كود مفتاح دولة 国家 國家 国番号 국가 국번 prefix prefijo prefixo indicatif prefisso
  vorwahl ländervorwahl landesvorwahl landnummer landskode landekode landcode area areacode ddd ddi
  区号 區號 国码 國碼 市外局番 지역번호
  extension extensions extensión extensão ext extn ramal interno anexo poste nebenstelle durchwahl
  toestel lokalnummer anknytning dahili wewnętrzny linka klapka mellék добавочный внутренний داخلي
  تحويلة שלוחה 内线 內線 内線 分机 分機 내선
  carrier provider operator operators operadora opérateur operatore anbieter aanbieder
  оператор 运营商 통신사 vendor manufacturer brand model os platform version
  verified verify verification confirmed confirmation validated valid validation validity status
  state verifiziert bestätigt vérifié verificado confirmado подтвержден статус estado
  id ids uuid guid timezone
  date dates datetime time times timestamp when created updated modified seen since data
  datum fecha дата время tarih 日付 日期 日時 날짜 تاريخ
  call calls called calling anruf anrufe appel appels llamada llamadas chamada chamadas ligação
  chiamata chiamate звонок звонки 通話 通话 통화 count counts total quantity qty
  duration minutes cost costs price bill plan tariff usage kosten tarif
  has have had can should allow allowed allows not dnc enabled disabled
  active activated available optin optout opt opted out consent consented permission permissions
  preference preferences subscribed unsubscribed subscription marketing reachable
  url urls website link photo password pin otp
  telefontyp telefonart telefonkosten telefonanbieter telefonbuch telefonat telefonate
  telefonkonferenz telefonnotiz telefonisch
  `),
);

/** Beside a word for a telephone they leave open what stands in the cells: "E-mail / Phone". */
const MIXED_WORDS: ReadonlySet<string> = new Set(
  wordsOf(`
  mail mails email emails メール メールアドレス 携帯メール 邮件 邮箱 郵件 信箱 이메일 메일 почта почты
  эл пошта correo courriel posta بريد דוא url
  name names note notes comment comments remark remarks description address adresse 備考 备注 備註 비고
  `),
);
const MAIL_PART = /メール|邮件|邮箱|郵件|信箱|이메일|메일|e?mail/u;

/** Where a telephone is, or for what: with nothing else beside them they may name its number. */
const PLACE_WORDS: ReadonlySet<string> = new Set(
  wordsOf(`
  home work business office other main personal private direct emergency alternate alternative day
  evening car radio fixed line
  privat dienstlich geschäftlich arbeit zuhause zu hause weiteres weitere durchwahl rückmeldung
  domicile travail bureau maison professionnel personnel fixe rappel voiture autre standard
  casa trabajo oficina particular laboral principal coche otro otra fijo
  residencial comercial trabalho residência outro outra fixo casa
  lavoro ufficio abitazione fisso auto altro
  privé werk thuis kantoor vast mobiel ander
  hjemme hjem arbejde jobb hem arbete koti työ
  dom domowy praca służbowy główny inny domů zaměstnání práce domov práca
  ev iş ofis diğer
  домашний рабочий служебный основной другой дом работа домашній робочий основний інший служебен
  οικία οικίας εργασία εργασίας σταθερό
  בית עבודה
  منزل عمل مكتب بيت
  자택 직장 집 회사 사무실 기본 기타
  自宅 勤務先 会社 職場 仕事 その他 主回線 住家 商務 公司 家庭 单位 單位 公務 工作 办公 辦公 其他 主要 住宅 宅电
  บ้าน ที่ทำงาน nhà
  rumah kantor kerja
  `),
);

/** Numbers, of whatever. */
const NUMBER_WORDS: ReadonlySet<string> = new Set(
  wordsOf(`
  number numbers no nr num numero numeros número números nummer nummern numer numery numri číslo
  cislo broj номер номера число număr numar numarası numara numurs numeris number szám nomor
  αριθμός מספר رقم شماره 番号 号码 號碼 번호 số so numéro numéros
  `),
);

/** Who can be reached: people write numbers, names and addresses under these. */
const CONTACT_WORDS: ReadonlySet<string> = new Set(
  wordsOf(`
  contact contacts kontakt contacto contato contatto viber telegram signal imo line zalo sms hp ph
  mms botim wechat 微信 連絡先 联系方式 聯絡方式 聯繫方式 联系 연락처 sđt sdt đt dt contactno wa kom cep busca sel
  callback retorno devolución llamada chamada обратный вызов звонок numbers
  `),
);

const PARTICLES: ReadonlySet<string> = new Set(
  wordsOf("de da do del della delle di du des of the la le el os as al at en der die van z w na v"),
);

/** "is_mobile"; but "İş telefonu" is a telephone at work. */
const QUESTION =
  /^is (?:an? )?(?:valid |main |primary |default )?(?:mobile|cell|phone|landline|fax|whatsapp)/;
/** "Day time phone" has nothing to do with a time. */
const PART_OF_DAY = /\b(day|night|evening) time\b/g;

export function namesAbout(words: readonly string[]): boolean {
  const name = words.join(" ").replace(PART_OF_DAY, "$1");
  return QUESTION.test(name) || name.split(" ").some((word) => ABOUT_WORDS.has(word));
}

export const namesMail = (words: readonly string[]): boolean =>
  words.some((word) => MAIL_PART.test(word));

export const namesMixture = (words: readonly string[]): boolean =>
  namesMail(words) || words.some((word) => MIXED_WORDS.has(word));

export const namesPlaces = (words: readonly string[]): boolean => namesOnly(words, [PLACE_WORDS]);

export const namesNumbers = (words: readonly string[]): boolean => namesOnly(words, [NUMBER_WORDS]);

/** Whether each word may stand over telephone numbers, and none says that it does. */
export const namesPerhaps = (words: readonly string[]): boolean =>
  namesOnly(words, [PLACE_WORDS, NUMBER_WORDS, CONTACT_WORDS]);

function namesOnly(words: readonly string[], sets: readonly ReadonlySet<string>[]): boolean {
  const telling = words.filter((word) => !/^\p{N}+$/u.test(word) && !PARTICLES.has(word));
  return telling.length > 0 && telling.every((word) => sets.some((set) => set.has(word)));
}
