import { chosenInSlices, eachInSlices } from "../slices/each-in-slices.ts";
import type { Slices } from "../slices/slices.ts";
import type { FoundContact, Friend } from "./friend-finder.ts";
import type { State } from "./state.ts";

/** The cards of a book, by phone hash. */
export type ContactsOf = ReadonlyMap<string, readonly FoundContact[]>;

/** Whose numbers are in the book, each once. */
export async function friendsOf(
  { links }: Pick<State, "links">,
  contactsOf: ContactsOf,
  slices: Slices,
): Promise<Friend[]> {
  const byUser = new Map<string, FoundContact[]>();
  const friends: Friend[] = [];
  await eachInSlices(links, slices, ([phoneHash, userId]) => {
    let contacts = byUser.get(userId);
    if (contacts === undefined) {
      contacts = [];
      byUser.set(userId, contacts);
      friends.push({ userId, contacts });
    }
    contacts.push(...(contactsOf.get(phoneHash) ?? []));
  });
  return friends;
}

/** What is told of the friends, and noted as told. */
export async function takeNews(state: State, friends: readonly Friend[], slices: Slices) {
  const { told, quiet } = state;
  const now = new Set<string>();
  const joined: Friend[] = [];
  await eachInSlices(friends, slices, (friend) => {
    const { userId } = friend;
    now.add(userId);
    if (told !== null && !told.has(userId) && !quiet.has(userId)) joined.push(friend);
  });
  const left = await chosenInSlices(told ?? [], slices, (userId) => !now.has(userId));
  // The same set need not be written again.
  state.told = told !== null && left.length === 0 && now.size === told.size ? told : now;
  state.quiet = new Set();
  return { joined, left };
}
