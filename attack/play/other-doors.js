/** @import { Attack } from "../lib/play.js" */
import { randomUUID } from "node:crypto";

/**
 * Routes that are not charged: do they answer differently for a number that has an account than for one
 * that has none, neither of which is in the caller's book?
 *
 * @type {Attack}
 */
export const otherDoors = {
  id: "other-doors",
  name: "routes that are not charged",
  async play({ world, newAccount }) {
    const account = await newAccount();
    const [has, hasNot] = [world.spare(), world.spare()];
    await world.register(has, randomUUID());
    /** @type {[string, (place: number) => [string, string, unknown?]][]} */
    const doors = [
      ["favourite", (place) => ["PUT", `/contacts/${world.hash(place)}/favorite`]],
      ["interaction", (place) => ["POST", `/contacts/${world.hash(place)}/interaction`, {}]],
      ["delete", (place) => ["DELETE", `/contacts/${world.hash(place)}`]],
      ["bulk insert", (place) => ["POST", "/contacts/bulk-insert", bulk(world.hash(place))]],
      [
        "link as oneself",
        (place) => ["PUT", `/users/${account.userId}/phones`, { phoneNumber: world.number(place) }],
      ],
      [
        "unlink",
        (place) => [
          "DELETE",
          `/users/${account.userId}/phones`,
          { phoneNumber: world.number(place) },
        ],
      ],
    ];
    /** @type {Record<string, string>} */
    const answered = {};
    let learned = 0;
    for (const [name, door] of doors) {
      const [one, other] = [await account.ask(...door(has)), await account.ask(...door(hasNot))];
      const isTold = one.status !== other.status || one.code !== other.code || one.status === 200;
      if (isTold && name !== "delete") learned += 1;
      answered[name] = `${one.status} ${one.code ?? ""}`.trim();
    }
    return {
      state: "played",
      gain: learned === 0 ? "nothing" : "open",
      accounts: 1,
      asked: 2 * doors.length,
      learned,
      figures: { answered },
      verdict:
        learned === 0
          ? "A number that has an account and one that has none are answered alike, or not at all."
          : `${learned} of ${doors.length} routes tell who has an account, free of charge.`,
    };
  },
};

/** @param {string} phoneHash */
const bulk = (phoneHash) => ({ contacts: [{ owner_id: randomUUID(), phone_hash: phoneHash }] });
