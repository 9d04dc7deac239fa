// The sentences of the screen, and what its lists show. As plain as the state they are made of: a
// translation replaces this file.
import {
  type DeviceContact,
  type Friend,
  REJECTION_REASONS,
  type RejectedNumber,
  type SyncPhase,
} from "@contact-sync/client";
import type { Screen } from "./screen.ts";

/** Why contacts are wanted, said before the system asks. What it claims is what the client does. */
export const EXPLANATION = {
  title: "Find the people you know",
  points: [
    "Names stay on this device. They are never sent.",
    "Phone numbers are sent in hashed form, to see who has an account, and later to tell you when somebody joins.",
    "You can take it back at any time: “Forget my contacts” deletes them here and on the service.",
  ],
} as const;

export interface Notice {
  /** Tells one notice from another, and what its buttons do. */
  readonly kind: "offline" | "partial" | "interrupted" | "denied" | "waiting" | "removal" | "fault";
  readonly title: string;
  readonly text: string;
}

const PHASES: Record<SyncPhase, string> = {
  reading: "Reading contacts",
  hashing: "Preparing numbers",
  sending: "Looking who is here",
  saving: "Saving",
};

/** What is being done, and how far it is: from 0 to 1, or null where that is not known. */
export function progressOf({ progress }: Screen): { text: string; share: number | null } {
  if (progress === null) return { text: "Looking for friends …", share: null };
  const { phase, done, total } = progress;
  const text = `${PHASES[phase]} …`;
  if (total === null) return { text: done > 0 ? `${text} ${count(done)}` : text, share: null };
  return { text, share: total === 0 ? 1 : Math.min(1, done / total) };
}

/** What is out of the ordinary, the most pressing first. */
export function noticesOf(screen: Screen, now: Date): Notice[] {
  const { fault, removal, offline, waiting, access, canAskAgain, isInterrupted, cards } = screen;
  const notices: Notice[] = [];
  if (fault !== null) {
    notices.push({ kind: "fault", title: "That did not work", text: faultText(fault) });
  }
  if (removal !== null) {
    notices.push({
      kind: "removal",
      title: `Have ${count(removal.wouldRemove)} of your ${people(removal.contactsCount, "contact", "contacts")} been deleted?`,
      text: "They are not on this device any more. Nothing was removed yet: if they should be here, leave it as it is.",
    });
  }
  if (offline) {
    notices.push({
      kind: "offline",
      title: "You are offline",
      text: "These are the friends of last time. It goes on when you are back.",
    });
  }
  if (access === "none") {
    const cure = canAskAgain ? "" : " They can be shared in the settings.";
    notices.push({
      kind: "denied",
      title: "Contacts are not shared",
      text: `Without them nobody can be found. Nothing was sent.${cure}`,
    });
  }
  if (isInterrupted) {
    notices.push({
      kind: "interrupted",
      title: "Not all contacts could be read",
      text: `Those that were are looked for: ${count(cards.length)}. Nothing was removed.`,
    });
  } else if (access === "partial") {
    notices.push({
      kind: "partial",
      title: `You shared ${people(cards.length, "contact", "contacts")}`,
      text: "Only these are looked for. Share more whenever you like.",
    });
  }
  if (waiting !== null) {
    notices.push({
      kind: "waiting",
      title: `${people(waiting.numbers, "number has", "numbers have")} to wait`,
      text: `Only so many new numbers are looked for at a time. The rest can follow ${when(waiting.until, now)}.`,
    });
  }
  return notices;
}

function faultText({ code, requestId }: { code: string; requestId?: string | undefined }): string {
  const reference = requestId === undefined ? code : `${code}, ${requestId}`;
  switch (code) {
    case "UNAUTHENTICATED":
      return "Please sign in again.";
    case "RATE_LIMITED":
      return "That was too often. Try again in a minute.";
    default:
      return `Try again; if it goes on, tell us: ${reference}.`;
  }
}

/** A sentence about people who were not there last time, by the names on this device. */
export interface News {
  readonly text: string;
  readonly userIds: readonly string[];
}

/** More than these are told of in one sentence. */
const TOLD_SINGLY = 3;

/** What is said of joiners: of a few, each has a sentence; of more, all have one. */
export function newsOf({ news }: Screen): News[] {
  const texts = news.map((friend) => {
    const name = nameOf(friend);
    return { name: name === null ? "Somebody you know" : isolated(name), userId: friend.userId };
  });
  const [first, second] = texts;
  if (texts.length <= TOLD_SINGLY || first === undefined || second === undefined) {
    return texts.map(({ name, userId }) => ({ text: `${name} is here now`, userIds: [userId] }));
  }
  const others = people(texts.length - 2, "other", "others");
  const text = `${first.name}, ${second.name} and ${others} are here now`;
  return [{ text, userIds: texts.map(({ userId }) => userId) }];
}

export interface FriendRow {
  readonly userId: string;
  readonly name: string;
  readonly numbers: readonly string[];
}

/** Who is here, by name. Those whose cards were not read in this run have none: `unnamedText`. */
export function friendRows({ friends }: Screen): FriendRow[] {
  return friends
    .flatMap((friend) => {
      const name = nameOf(friend);
      const numbers = [...new Set(friend.contacts.map(({ number }) => number))];
      return name === null ? [] : [{ userId: friend.userId, name, numbers }];
    })
    .sort((one, other) => one.name.localeCompare(other.name));
}

/** Of friends whose cards were not read in this run; null where there are none. */
export function unnamedText({ friends }: Screen): string | null {
  const unnamed = friends.filter((friend) => nameOf(friend) === null).length;
  if (unnamed === 0) return null;
  const more = unnamed < friends.length ? "more of your contacts" : "of your contacts";
  return `${count(unnamed)} ${more} ${unnamed === 1 ? "is" : "are"} here. Names are not stored: they come with the contacts, when these are read again.`;
}

export interface InviteRow {
  readonly id: string;
  readonly name: string;
  readonly number: string;
}

/** Cards with a number that can be read, of whom nobody is here. */
export function inviteRows({ cards, friends, rejected }: Screen): InviteRow[] {
  const here = new Set(friends.flatMap(({ contacts }) => contacts.map(({ id }) => id)));
  const unread = new Set(rejected.map(({ id, number }) => `${id} ${number}`));
  return cards
    .filter(({ id }) => !here.has(id))
    .flatMap((card) => {
      const number = card.phoneNumbers.find((text) => !unread.has(`${card.id} ${text}`));
      return number === undefined ? [] : [{ id: card.id, name: cardName(card, number), number }];
    })
    .sort((one, other) => one.name.localeCompare(other.name));
}

/** Numbers that can't be read, with what to do about each. */
export function rejectedRows({
  rejected,
}: Screen): { name: string; number: string; why: string }[] {
  return rejected.map(({ name, number, reason }: RejectedNumber) => ({
    name: name ?? number,
    number,
    why: REJECTION_REASONS[reason],
  }));
}

/** What the share sheet sends: nothing of anybody's address book. */
export function inviteText(appUrl: string): string {
  return `Join me on Example: ${appUrl}`;
}

export function forgottenText({ forgottenOnService }: Screen): string {
  return forgottenOnService
    ? "Your contacts are forgotten, on this device and on the service."
    : "Your contacts are forgotten on this device. The service could not be reached, so it still has what was sent: delete your contacts there in the settings of your account.";
}

/** A heading with how many there are. */
export function people(number: number, one: string, several: string): string {
  return `${count(number)} ${number === 1 ? one : several}`;
}

/** The name that this device has for somebody; null where no card was read yet. */
function nameOf({ contacts }: Friend): string | null {
  const named = contacts.find(({ name }) => (name ?? "").trim() !== "");
  return named?.name?.trim() ?? contacts[0]?.number ?? null;
}

function cardName({ name }: DeviceContact, number: string): string {
  return (name ?? "").trim() || number;
}

/** A name of one direction of writing inside a sentence of the other. */
function isolated(name: string): string {
  return `\u2068${name}\u2069`;
}

/** Hermes knows no locales on every platform, so the thousands are set here. */
function count(number: number): string {
  return String(number).replace(/\B(?=(?:\d{3})+$)/g, ",");
}

function when(until: Date, now: Date): string {
  const minutes = Math.ceil((until.getTime() - now.getTime()) / 60_000);
  if (minutes <= 1) return "in a minute";
  if (minutes < 60) return `in ${minutes} minutes`;
  const hours = Math.ceil(minutes / 60);
  return hours === 1
    ? "in an hour"
    : hours < 48
      ? `in ${hours} hours`
      : `in ${Math.ceil(hours / 24)} days`;
}
