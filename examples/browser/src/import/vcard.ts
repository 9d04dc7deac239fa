import type { DeviceContact } from "@contact-sync/client";
import type { Contents, UnreadLine } from "./contents.ts";

interface Card {
  readonly beganAt: number;
  uid: string;
  name: string;
  /** Out of N, where FN is missing. */
  parts: string;
  readonly numbers: string[];
}

interface Property {
  readonly name: string;
  readonly parameters: string;
  readonly value: string;
}

/** vCards 2.1, 3.0 and 4.0, any number of them. A card inside a card (AGENT) is one of its own. */
export function readVcards(lines: readonly string[]): Contents {
  const cards: DeviceContact[] = [];
  const unread: UnreadLine[] = [];
  const open: Card[] = [];
  for (const { text, line } of unfolded(lines)) {
    const property = parse(text);
    if (property === null) {
      if (text.trim() !== "") unread.push({ line, why: "This is not what a vCard has there." });
    } else if (property.name === "BEGIN") {
      open.push({ beganAt: line, uid: "", name: "", parts: "", numbers: [] });
    } else if (property.name === "END") {
      const card = open.pop();
      if (card !== undefined) cards.push(contactOf(card, cards.length));
    } else {
      note(property, open.at(-1));
    }
  }
  for (const card of open) {
    cards.push(contactOf(card, cards.length));
    unread.push({
      line: card.beganAt,
      why: "The card that begins here has no end; the file may be cut off.",
    });
  }
  return { cards, unread };
}

function note({ name, parameters, value }: Property, card: Card | undefined): void {
  if (card === undefined) return;
  const text = () => unescaped(decoded(value, parameters)).trim();
  if (name === "TEL") card.numbers.push(text());
  else if (name === "FN") card.name ||= text();
  else if (name === "UID") card.uid = value.trim();
  else if (name === "N") {
    const [family = "", given = "", middle = ""] = decoded(value, parameters).split(/(?<!\\);/);
    card.parts = [given, middle, family].map(unescaped).join(" ").replace(/\s+/g, " ").trim();
  }
}

function contactOf({ uid, name, parts, numbers }: Card, position: number): DeviceContact {
  const known = name || parts;
  const phoneNumbers = numbers.filter((number) => number !== "");
  return {
    id: uid || `card ${position + 1}`,
    ...(known === "" ? {} : { name: known }),
    phoneNumbers,
  };
}

/** A line that begins with a blank goes on the one before, and so does one behind a `=` in 2.1. */
function* unfolded(lines: readonly string[]): Generator<{ text: string; line: number }> {
  let text: string | null = null;
  let beganAt = 0;
  for (const [position, line] of lines.entries()) {
    if (text !== null && /^[ \t]/.test(line)) {
      text += line.slice(1);
    } else if (text?.endsWith("=") && /;[^:]*QUOTED-PRINTABLE/i.test(text)) {
      text = text.slice(0, -1) + line;
    } else {
      if (text !== null) yield { text, line: beganAt };
      text = line;
      beganAt = position + 1;
    }
  }
  if (text !== null) yield { text, line: beganAt };
}

const PROPERTY = /^\s*(?:[\w-]+\.)?([\w-]+)\s*((?:;(?:"[^"]*"|[^";:])*)*)\s*:(.*)$/s;

function parse(text: string): Property | null {
  const [, name, parameters = "", value = ""] = PROPERTY.exec(text) ?? [];
  return name === undefined ? null : { name: name.toUpperCase(), parameters, value };
}

function decoded(value: string, parameters: string): string {
  if (!/QUOTED-PRINTABLE/i.test(parameters)) return value;
  const [, charset = "utf-8"] = /CHARSET="?([\w-]+)/i.exec(parameters) ?? [];
  const bytes: number[] = [];
  for (let at = 0; at < value.length; at += 1) {
    const hex = /^=([\dA-F]{2})/i.exec(value.slice(at, at + 3))?.[1];
    bytes.push(hex === undefined ? value.charCodeAt(at) & 0xff : Number.parseInt(hex, 16));
    if (hex !== undefined) at += 2;
  }
  try {
    return new TextDecoder(charset).decode(new Uint8Array(bytes));
  } catch {
    return new TextDecoder().decode(new Uint8Array(bytes));
  }
}

function unescaped(text: string): string {
  return text.replace(/\\([\\,;nN])/g, (_, sign: string) => (/n/i.test(sign) ? " " : sign));
}
