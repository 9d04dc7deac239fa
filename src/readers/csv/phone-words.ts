import { columnWords } from "./column-name.ts";

// What mail and address-book programs call their columns, in their languages. The sources are the
// published translations of Thunderbird (importMsgs.properties, the header of its CSV export),
// Roundcube (csv2vcard.inc and labels.inc, which know Outlook's columns) and SOGo
// (UI/Contacts/*.lproj); test/fixtures/headers/README.md says where they are. Every word here goes
// through the same folding as the columns' names.

/** The folded words of a text. */
export const wordsOf = (text: string): string[] => text.split(/\s+/).flatMap(columnWords);

/** Words that name a telephone, a fax line or a pager wherever they stand. */
const PHONE_WORDS: ReadonlySet<string> = new Set(
  wordsOf(`
  phone phones tel tels tele cell cells cellphone cellular mobile mobiles mob landline hotline gsm
  switchboard callback pager beeper msisdn whatsapp isdn hotlines handphone smartphone homephone
  mobil mobiltlf mobilnr mobilno mobile mobilen mobiel mobiele mobyl mobila mobilais mobilas
  mobilus mobilusis mobiliojo mobilni mobilny mobilna mobilne mobilnog mobilneho mobilniho mobilnik
  mobilnika mobitel mobitela mobiil mobiltel mobilfunk
  handy handys rufnummer rufnummern telefonnr telnr festnetz festnetznummer rueckruf rückruf
  portable cellulaire telecopie télécopieur téléavertisseur radiomessagerie
  celular celulares movil moviles tfno tfo telf tlf tlfs tlfno buscapersonas buscapersones
  cercapersones móvel telemovel telemoveis tlm fone fones celulari
  cellulare cellulari cercapersone teledrin
  telefoon gsm pieper piepernummer semafoon selfoon selfoonnommer roepernommer
  tlfnr fastnet personsøger personsøgernummer personsøker personsøkjar personsökare
  puh kännykkä kännykän hakulaite hakulaitteen
  komórka komórkowy komórkowe komórkowego stacjonarny
  személyhívó telefonum faksim ceptel ceptelefonu
  tālrunis tālruņa talrunis sími símanúmer farsími farsímanúmer heimasími vinnusími símboði bílsími
  fón fhón ghutháin fòn fhòn ffôn ffon symudol pellgomz hezoug mugikor mugikorra hezougell simu utas
  pajenner televokilo paginador peycer soghluaiste glaoire gaviklis faques buscapersoas privatnummer
  dienstnummer persónleitari orrikatzailea bilagailua pagera pelleiler bajenn swnyn bilagailu pipernûmer ghlaoire fhóin pheidseir penyeranta umsebter
  tiliɣri tiliɣṛi gaviklio peidžera kelui faquesi peyjer royonib taqowuj oyonib kanöy handphones
  pager pagers pejdžer pejdžera peidžeris pejer piipar peileri pozivnik pozivnika peydjer
  telp tlp handphone ponsel seluler bimbit selpon
  τηλ κινητό κινητού κινητά βομβητής βομβητή φαξ
  мобилно гартача пејџер тел моб мобилен мобилни мобилног мобилна мобильный мобильник мобильного мобільний мобільного
  сотовый сотового сотовые мабільны мабільніка пейджер пейджера пейджъру пейджър пейџер пејџера
  пэйджер пэйджара пэйджар ұялы
  טל נייד סלולרי סלולארי פלאפון פקס איתורית זימונית ביפר
  هاتف هواتف تليفون تلفون جوال موبايل استدعاء نداء رنان محمول خلوي نقال فاكس هاتفي تلفن همراه موبایل فکس نمابر فون
  تەلەفۆن مۆبایل تېلىفۇن
  ഫാക്സ് ෆැක්ස් پیجر فاكىس فاكىسى كۆچمە फोन फ़ोन मोबाइल दूरभाष टेलीफोन दूरध्वनी भ्रमणध्वनी ফোন মোবাইল টেলিফোন
  தொலைபேசி கைபேசி மொபைல் ఫోన్ మొబైల్ ദൂരവാണി മൊബൈൽ മോബൈല് ഫോണ് ദൂരഭാഷ് ದೂರವಾಣಿ දුරකථනය ජංගම
  ስልክ ტელეფონი ტელეფონის მობილური ფაქსი პეიჯერი
  պեյջեր փեյջեր հեռապատճէնի հեռատողի բջջ ֆաքս ֆաքսի
  `),
);

/** The same, inside longer words: compounds, endings, and languages that write without spaces. */
const PHONE_PART = new RegExp(
  [
    "telephon|telefon|telefoon|telefoan|telepon|telefax|puhelin|puhelim|fax|faks|faics|ffacs|fhacs",
    "τηλεφων|телефон|тэлефон|тэляфон|факс|טלפון|ტელეფონ|მობილურ|հեռախ|բջջայ",
    "^(?:mobil(?:e|nummer|number|rufnummer|telefon|inumber|numurs)|mobiilinumber|mobilnummer)",
    "^(?:(?:home|work|business|office|mobile|cell|tele|smart|hand|car|main|primary|other|company" +
      "|customer|contact|user|member|owner|client|billing|shipping|guardian|parent|mother|father" +
      "|emergency|alternate|alt|day|evening|i)?phones?(?:numbers?|num|nos?|nr)?)$",
    "^(?:tel|mob|mobile|cell|handy|gsm)(?:nos?|nr|num|numbers?|nummern?)$",
    ...[
      "电话 電話 手机 手機 传真 傳真 寻呼 呼机 呼機 呼叫器 傳呼 传呼 座机 座機 固话 固話",
      "携帯 携带电话 ケータイ モバイル ファックス ファクス ポケベル ポケットベル ページャー",
      "전화 휴대폰 핸드폰 휴대전화 팩스 호출기 모바일",
      "โทรศัพท์ โทรสาร มือถือ เบอร์โทร เพจเจอร์ แฟกซ์ ទូរស័ព្ទ ទូរសារ",
    ].flatMap(wordsOf),
  ].join("|"),
  "u",
);

/** Several words that name one only together. */
const PHONE_PHRASE = new RegExp(
  `(?:^| )(?:${[
    "e 164|dien thoai|di dong|dien thu|may nhan tin|cep tel|cep telefonu|cep (?:no|numarasi)",
    "(?:no|nomor|nomer) hp|hp no|cagri cihazi|cerca person[ae]s?|numero de busca|ph (?:no|number)",
    "(?:mobile|cell) no|direct line",
  ].join("|")})(?: |$)`,
  "u",
);

/** Whether the words of a column's name name a telephone. */
export function namePhone(words: readonly string[]): boolean {
  return (
    words.some((word) => PHONE_WORDS.has(word) || PHONE_PART.test(word)) ||
    PHONE_PHRASE.test(words.join(" "))
  );
}
