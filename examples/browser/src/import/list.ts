import type { DeviceContact } from "@contact-sync/client";
import { type Contents, UnreadableFile, type UnreadLine } from "./contents.ts";

// What stands before the number is the name: `Aylin: +90 532 000 00 17`.
const LINE = /^(.*?)[\s:,;–-]*((?:\+|\(|tel:)?[\d٠-٩۰-۹].*)$/su;

/**
 * A number a line, with or without a name before it.
 *
 * @throws UnreadableFile
 */
export function readList(lines: readonly string[]): Contents {
  const cards: DeviceContact[] = [];
  const unread: UnreadLine[] = [];
  for (const [position, text] of lines.entries()) {
    if (text.trim() === "") continue;
    const [, name = "", number] = LINE.exec(text.trim()) ?? [];
    if (number === undefined)
      unread.push({ line: position + 1, why: "There is no number in this line." });
    else {
      cards.push({
        id: `line ${position + 1}`,
        ...(name === "" ? {} : { name }),
        phoneNumbers: [number],
      });
    }
  }
  if (cards.length === 0) {
    throw new UnreadableFile("There is no phone number in this file.");
  }
  return { cards, unread };
}
