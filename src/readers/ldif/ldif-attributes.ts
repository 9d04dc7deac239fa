// Telephone numbers by name, and not by a list of names, which every directory server adds to:
// telephoneNumber, homePhone, mobile, pager and facsimileTelephoneNumber (RFC 4519, 4524),
// otherMobile, ipPhone and telephoneAssistant (Active Directory), primaryPhone and carPhone
// (Evolution), cellPhone and xmozillaAnyPhone (Netscape, Thunderbird), c-TelephoneNumber (RFC 3671).
const PHONE_ATTRIBUTE =
  /(?:telephonenumber|phonenumber|phone|telephone|telephoneassistant|mobile|pager|fax|isdnnumber)$/;

/** Names that say nothing: Evolution's, and the object identifiers of the five standard ones. */
const OTHER_NAMES: ReadonlySet<string> = new Set([
  "radio",
  "tty",
  "2.5.4.20",
  "2.5.4.23",
  "0.9.2342.19200300.100.1.20",
  "0.9.2342.19200300.100.1.41",
  "0.9.2342.19200300.100.1.42",
]);

/** Whether an attribute of this name (lower case, without options) holds a telephone number. */
export function isPhoneAttribute(name: string): boolean {
  return PHONE_ATTRIBUTE.test(name) || OTHER_NAMES.has(name);
}
