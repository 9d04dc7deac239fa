// The friend finder against a service that is played here: what a phone's engine makes of the client
// as its bundler has rewritten it, not what the service says, is the question.
import { createFriendFinder } from "../../../client/dist/index.js";

const USER = "a1000000-0000-4000-8000-000000000001";
const TOKEN = "e30.eyJzdWIiOiJiMjAwMDAwMCJ9.";

/** What a VM without a platform lacks. */
function providePlatform() {
  globalThis.AbortController ??= class {
    signal = { aborted: false, addEventListener() {}, removeEventListener() {} };
    abort() {
      this.signal.aborted = true;
    }
  };
  globalThis.clearTimeout ??= () => {};
}

/** Whoever was synced first has an account. */
function playService() {
  const asked = [];
  const fetch = async (url, { body }) => {
    const path = url.slice(url.indexOf("/sync"));
    asked.push(path);
    const { phoneHashes = [], added = [] } = JSON.parse(body);
    const hashes = path === "/sync" ? phoneHashes : added;
    const matches = hashes.map((phone_hash, index) => ({
      index,
      indexes: [index],
      phone_hash,
      user_id: USER,
      silent: false,
    }));
    const data = {
      matches: matches.slice(0, 1),
      sync_token: `token ${asked.length}`,
      budget: null,
      changes: [],
      has_more_changes: false,
      changes_reset: false,
    };
    const text = JSON.stringify({ success: true, data });
    return { ok: true, status: 200, headers: { get: () => null }, text: async () => text };
  };
  return { asked, fetch };
}

/** What came of a sync, of the same again after a restart, and of one more contact. */
export async function tryFinder() {
  providePlatform();
  const { asked, fetch } = playService();
  const texts = new Map();
  const storage = {
    getItem: (name) => texts.get(name),
    setItem: (name, text) => texts.set(name, text),
    removeItem: (name) => texts.delete(name),
  };
  const start = () =>
    createFriendFinder({
      url: "https://contacts.example",
      getToken: () => TOKEN,
      storage,
      region: "EG",
      fetch,
    });
  const cards = ["0100 123 4567", "0100 123 4568", "no number"].map((number, n) => ({
    id: String(n),
    name: `card ${n}`,
    phoneNumbers: [number],
  }));
  const first = await start().sync(cards.slice(0, 1).concat(cards.slice(2)));
  const again = await start().sync(cards.slice(0, 1));
  const more = await start().sync(cards.slice(0, 2));
  return {
    plans: [first, again, more].map(({ plan }) => plan),
    friends: first.friends,
    rejected: first.rejected,
    asked,
  };
}
