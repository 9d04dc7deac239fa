import { hash } from "node:crypto";
import { createPhoneHasher } from "@contact-sync/client";

// A small world, so that what happens in it collides: everybody may own a book, hold a number and
// be in the others' books, their own included.

export const PEOPLE = ["a", "b", "c", "d"].map(
  (last) => `00000000-0000-4000-8000-00000000000${last}`,
);

/** Two more than an owner may have. */
export const DEVICES = Array.from({ length: 16 }, (_, index) => `device-${index}`);

/** Numbers by their place; each has two notations. */
export const NUMBERS = Array.from({ length: 6 }, (_, index) => `+20100000000${index}`);
const NATIONAL = NUMBERS.map(
  (number) => `0${number.slice(3, 6)} ${number.slice(6, 9)} ${number.slice(9)}`,
);
export const REGION = "EG";

export const HASHES = NUMBERS.map(createPhoneHasher((text) => hash("sha256", text)));

/** What a device sends for a number; odd places of its list are in the other notation. */
export function notationOf(number: number, place: number): string {
  return (place % 2 === 0 ? NUMBERS : NATIONAL)[number] as string;
}

/** Moments of verification and interaction, by rank. */
export function momentOf(rank: number): string {
  return new Date(Date.UTC(2025, 0, rank)).toISOString();
}
