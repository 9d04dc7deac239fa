/** @import { Attack } from "../lib/play.js" */
import { parseKey } from "../../dist/security/key.js";
import { createPhoneCipher } from "../../dist/security/phone-cipher.js";
import { dumpedContacts } from "../lib/dump.js";
import { inWords } from "../lib/play.js";
import { PLAN } from "../lib/world.js";
import { makeVictim, NO_DUMP } from "./victim.js";

const TRIED = { quick: 50_000, full: PLAN };

/** Opens the phone keys and tries a whole numbering plan against the hashes. @type {Attack} */
export const dumpWithKey = {
  id: "dump-with-key",
  name: "a stolen dump and the key",
  async play(stage) {
    const { stolen, world } = stage;
    if (stolen === undefined) return NO_DUMP;
    if (stolen.key === undefined) {
      return { ...NO_DUMP, verdict: "Left out: it takes the key, by CONTACT_SYNC_KEY." };
    }
    const tried = TRIED[stage.size];
    const { userId, book } = await makeVictim(stage, Math.min(tried, 10_000));
    const rows = await dumpedContacts(stolen, [userId]);
    const cipher = createPhoneCipher(parseKey(stolen.key));
    const opened = new Set(cipher.decrypt(rows.map(({ phone_key }) => phone_key)));
    const startedAt = performance.now();
    const read = world.range(0, tried).filter((hash) => opened.has(hash) && book.has(hash)).length;
    const aSecond = tried / ((performance.now() - startedAt) / 1_000);
    return {
      state: "played",
      gain: "open",
      asked: tried,
      learned: read,
      figures: { contacts_of_the_victim: book.size, numbers_tried_a_second: Math.round(aSecond) },
      verdict: `${read} of the victim's ${book.size} numbers are read, trying ${inWords(aSecond / 1_000) || 1},000 a second. Whoever has both has everything: keep the key away from dumps and backups.`,
    };
  },
};
