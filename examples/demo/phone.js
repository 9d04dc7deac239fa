import { createFriendFinder, fromContacts } from "@contact-sync/client";

/** @import { DeviceContact } from "@contact-sync/client" */

/**
 * An installation of an app: the friend finder as an app has it, and how many bytes it has sent.
 *
 * @param {{ url: string, getToken: () => Promise<string>, book: readonly DeviceContact[] }} options
 */
export function createPhone({ url, getToken, book }) {
  let sent = 0;
  const finder = createFriendFinder({
    url,
    getToken,
    storage: memoryStorage(),
    region: "EG",
    fetch: (address, init) => {
      sent += lengthOf(init?.body);
      return fetch(address, init);
    },
  });
  return {
    /** What earlier runs of the demo have left on the service. */
    async emptyBook() {
      const headers = { authorization: `Bearer ${await getToken()}` };
      const contacts = `${url}/api/v1/contacts`;
      const { data } = /** @type {{ data: { devices: { device_id: string }[] } }} */ (
        await (await fetch(`${contacts}/devices`, { headers })).json()
      );
      for (const { device_id } of data.devices) {
        await fetch(`${contacts}/devices/${device_id}`, { method: "DELETE", headers });
      }
      await fetch(contacts, { method: "DELETE", headers });
    },
    async sync() {
      sent = 0;
      const outcome = await finder.sync(fromContacts(book));
      return { ...outcome, sent };
    },
    refresh: () => finder.refresh(),
  };
}

/** @param {unknown} body */
function lengthOf(body) {
  if (typeof body === "string") return Buffer.byteLength(body);
  return body instanceof Uint8Array ? body.byteLength : 0;
}

function memoryStorage() {
  /** @type {Map<string, string>} */
  const kept = new Map();
  return {
    getItem: (/** @type {string} */ name) => kept.get(name),
    setItem: (/** @type {string} */ name, /** @type {string} */ text) => void kept.set(name, text),
    removeItem: (/** @type {string} */ name) => void kept.delete(name),
  };
}
