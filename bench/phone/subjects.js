// Two phones of the same person: one with the SDK, one with what is written by hand.

/**
 * @import { TextStorage } from "@contact-sync/client"
 * @import { Card } from "./by-hand.js"
 * @import { SUBJECTS } from "./cases.js"
 *
 * @typedef {(typeof SUBJECTS)[number]} Name
 *
 * @typedef {object} Phone
 * @property {(cards: Card[]) => Promise<{ friends: readonly Found[] }>} sync as after a start of the
 *   app: nothing is known but what the storage has
 * @property {() => { bytes: number, writes: number }} takeStored what was written into the storage
 *   since this was last called
 *
 * @typedef {{ readonly userId: string, readonly contacts: readonly { readonly id: string }[] }} Found
 */
import { createFriendFinder } from "@contact-sync/client";
import { REGION } from "./books.js";
import { findFriends } from "./by-hand.js";

/** @type {Record<Name, (url: string, token: string) => Phone>} */
export const PHONES = {
  sdk(url, token) {
    const { storage, takeStored } = countingStorage();
    return {
      async sync(cards) {
        const finder = createFriendFinder({ url, getToken: () => token, storage, region: REGION });
        return finder.sync(cards);
      },
      takeStored,
    };
  },
  hand(url, token) {
    const getToken = async () => token;
    return {
      sync: async (cards) => ({
        friends: await findFriends(cards, { url, region: REGION, getToken }),
      }),
      takeStored: () => ({ bytes: 0, writes: 0 }),
    };
  },
};

/** In memory, since the disk of a phone is not this machine's. */
function countingStorage() {
  /** @type {Map<string, string>} */
  const texts = new Map();
  let stored = { bytes: 0, writes: 0 };
  /** @type {TextStorage} */
  const storage = {
    getItem: async (name) => texts.get(name) ?? null,
    async setItem(name, text) {
      stored.bytes += Buffer.byteLength(text);
      stored.writes += 1;
      texts.set(name, text);
    },
    async removeItem(name) {
      texts.delete(name);
    },
  };
  const takeStored = () => {
    const taken = stored;
    stored = { bytes: 0, writes: 0 };
    return taken;
  };
  return { storage, takeStored };
}
