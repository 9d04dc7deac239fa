/** @import { Attack } from "../lib/play.js" */

import { dumpedContacts, ownersWhoShare } from "../lib/dump.js";
import { inWords } from "../lib/play.js";
import { PLAN } from "../lib/world.js";
import { makeVictim, NO_DUMP } from "./victim.js";

const TRIED = { quick: 50_000, full: PLAN };

/**
 * Tries the hashes of a whole numbering plan against what the dump holds of a victim's book, and then
 * reads what lies open.
 *
 * @type {Attack}
 */
export const dumpWithoutKey = {
  id: "dump-without-key",
  name: "a stolen dump, without the key",
  async play(stage) {
    if (stage.stolen === undefined) return NO_DUMP;
    const tried = TRIED[stage.size];
    const { userId, book } = await makeVictim(stage, Math.min(tried, 10_000));
    const rows = await dumpedContacts(stage.stolen, [userId]);
    const keys = new Set(rows.map(({ phone_key }) => phone_key));
    const read = stage.world.range(0, tried).filter((hash) => keys.has(hash)).length;
    const linked = rows.filter(({ linked_user_id }) => linked_user_id !== null).length;
    const sharing = await ownersWhoShare(stage.stolen, userId);
    return {
      state: "played",
      gain: read === 0 ? "nothing" : "open",
      asked: tried,
      learned: read,
      figures: {
        contacts_of_the_victim: book.size,
        contacts_linked_to_user_ids: linked,
        owners_who_share_a_contact: sharing,
      },
      verdict:
        read === 0
          ? `None of ${inWords(tried)} numbers is recognised. What lies open is the graph: that this user has ${book.size} contacts, who of them has an account (${linked}), and that ${inWords(sharing)} others share some.`
          : `${read} of the victim's ${book.size} numbers are read: THE DATABASE IS NOT SEALED.`,
    };
  },
};
