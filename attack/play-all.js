/** @import { Attack, Outcome, Size, Stage, Target } from "./lib/play.js" */
import { Account } from "./lib/account.js";
import { Api } from "./lib/api.js";
import { World } from "./lib/world.js";

const REGISTERED = { quick: 200, full: 2_000 };

/** @typedef {Outcome & { id: string, name: string }} Played */

/**
 * Plays attacks one after another against a service, into which it first registers people.
 *
 * @param {Target} target
 * @param {{ attacks: readonly Attack[], size: Size, prefix?: string, tell: (line: string) => void }} how
 * @returns {Promise<Played[]>}
 */
export async function playAll({ address, secret, stolen }, { attacks, size, prefix, tell }) {
  const api = new Api(address, tell);
  try {
    tell(`Registering ${REGISTERED[size]} people.`);
    const registered = REGISTERED[size];
    const world = await World.make(api, { secret, registered, ...(prefix && { prefix }) });
    /** @type {Stage} */
    const stage = { api, world, size, stolen, newAccount: () => Account.make(api, secret) };
    const played = [];
    for (const { id, name, play } of attacks) {
      tell(`${name}.`);
      played.push({ id, name, ...(await play(stage)) });
    }
    return played;
  } finally {
    api.close();
  }
}
