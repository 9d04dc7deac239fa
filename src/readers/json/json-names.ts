// Names are compared without case, `_`, `-` and spaces: phoneNumber, phone_number, "Phone Number".

/** Fields of a contact that hold a number, or several in an array or an object. */
const PHONE =
  /^(?:[a-z]*phones?|[a-z]*phone(?:no|nr|num|number)s?|(?:home|work|business|office|main|other|personal|private|primary|secondary|company|alternate)?(?:mobile|cell|cellular|tel|fax|pager)(?:no|nr|num|number)?s?|msisdns?|e164|whatsapp(?:number)?)\d*$/;

/**
 * Fields of a number's own object, the best first: as it was typed, then as a program has rewritten
 * it. expo-contacts and react-native-contacts write `number`, Google's and Microsoft's APIs,
 * Cordova and SCIM `value`. Their order decides, and only the first that holds something is read.
 */
const OF_A_NUMBER: readonly string[] = [
  "number",
  "value",
  "phone",
  "phonenumber",
  "uri",
  "text",
  "e164",
  "canonicalform",
  "normalizednumber",
  "internationalnumber",
  "digits",
  "nationalnumber",
];

/** Labels that stand before a number in an object such as {"home": "…", "mobile": "…"}. */
const LABELS: ReadonlySet<string> = new Set(
  "home,work,mobile,cell,main,other,office,business,private,personal,fax,pager,iphone,landline,primary,secondary".split(
    ",",
  ),
);

/** Where programs put the list of contacts: Telegram, expo-contacts, Google's and Microsoft's APIs. */
const LISTS: ReadonlySet<string> = new Set(
  "contacts,contact,list,data,items,results,records,entries,rows,people,persons,users,members,connections,value,addressbook,phonebook,cards".split(
    ",",
  ),
);

/** A calling code beside the number; two letters there are a region, and are not read. */
const CALLING_CODES: ReadonlySet<string> = new Set(
  "countrycode,callingcode,countrycallingcode,dialcode,dialingcode,diallingcode,phonecode,phonecountrycode,countryprefix,phoneprefix,isdcode,isd".split(
    ",",
  ),
);

const HASHES: ReadonlySet<string> = new Set(["phonehash"]);
const FAVORITES: ReadonlySet<string> = new Set(
  "isfavorite,favorite,isfavourite,favourite,isstarred,starred".split(","),
);

/** What a field of a contact is. `number` is a phone only where there is no better field. */
export type ContactField =
  | "phone"
  | "number"
  | "list"
  | "callingCode"
  | "hash"
  | "favorite"
  | "other";

const LONGEST_NAME = 40;

function foldedName(name: string): string {
  return name.toLowerCase().replace(/[\s_-]/g, "");
}

function contactField(name: string): ContactField {
  if (PHONE.test(name)) return "phone";
  if (name === "number") return "number";
  if (LISTS.has(name)) return "list";
  if (CALLING_CODES.has(name)) return "callingCode";
  if (HASHES.has(name)) return "hash";
  return FAVORITES.has(name) ? "favorite" : "other";
}

/** Its place among the fields of a number, from 0; undefined for any other. */
export function rankOfNumberField(name: string): number | undefined {
  const rank = OF_A_NUMBER.indexOf(name);
  return rank < 0 ? undefined : rank;
}

export function isLabel(name: string): boolean {
  return LABELS.has(name);
}

export interface FieldName {
  /** As names are compared. */
  readonly folded: string;
  /** What the field is in a contact. */
  readonly field: ContactField;
}

const UNKNOWN: FieldName = { folded: "", field: "other" };

// A file has the same few names in every contact.
const MOST_NAMES = 1_000;

/** Looks names up, each kind of name once. */
export class FieldNames {
  readonly #known = new Map<string, FieldName>();

  of(name: string): FieldName {
    if (name.length > LONGEST_NAME) {
      return UNKNOWN;
    }
    const known = this.#known.get(name);
    if (known !== undefined) {
      return known;
    }
    const folded = foldedName(name);
    const found = { folded, field: contactField(folded) };
    if (this.#known.size < MOST_NAMES) {
      this.#known.set(name, found);
    }
    return found;
  }
}
