// Finding friends without the SDK, as somebody writes it who has read how a sync is called: numbers
// made comparable by libphonenumber-js, the whole list each time, nothing kept.
import { parsePhoneNumberFromString } from "libphonenumber-js";

const NUMBERS_A_REQUEST = 10_000;
const ATTEMPTS = 3;

/**
 * @typedef {{ id: string, name?: string, phoneNumbers: string[] }} Card
 * @typedef {{ userId: string, contacts: Card[] }} Friend
 *
 * @param {Card[]} cards
 * @param {{ url: string, region: "EG", getToken: () => Promise<string> }} options
 * @returns {Promise<Friend[]>}
 */
export async function findFriends(cards, { url, region, getToken }) {
  /** @type {Map<string, Card[]>} */
  const cardsOf = new Map();
  for (const card of cards) {
    for (const text of card.phoneNumbers) {
      const number = parsePhoneNumberFromString(text, region);
      if (!number?.isPossible()) continue;
      cardsOf.set(number.number, [...(cardsOf.get(number.number) ?? []), card]);
    }
  }
  const numbers = [...cardsOf.keys()];
  /** @type {Map<string, Card[]>} */
  const byUser = new Map();
  for (let from = 0; from < numbers.length; from += NUMBERS_A_REQUEST) {
    const phoneNumbers = numbers.slice(from, from + NUMBERS_A_REQUEST);
    // Of several requests, each replace would take the one before away.
    const mode = numbers.length > NUMBERS_A_REQUEST ? "merge" : "replace";
    const body = JSON.stringify({ phoneNumbers, deviceContactsCount: cards.length, mode });
    const { matches } = await post(`${url}/api/v1/contacts/sync`, body, getToken);
    for (const { index, user_id: userId } of matches) {
      const found = cardsOf.get(phoneNumbers[index] ?? "") ?? [];
      byUser.set(userId, [...(byUser.get(userId) ?? []), ...found]);
    }
  }
  return [...byUser].map(([userId, contacts]) => ({ userId, contacts }));
}

/** @type {(address: string, body: string, getToken: () => Promise<string>) => Promise<{ matches: { index: number, user_id: string }[] }>} */
async function post(address, body, getToken) {
  for (let attempt = 1; ; attempt += 1) {
    const headers = {
      authorization: `Bearer ${await getToken()}`,
      "content-type": "application/json",
    };
    const response = await fetch(address, { method: "POST", headers, body });
    const answer = /** @type {any} */ (await response.json());
    if (response.ok) return answer.data;
    const isWorthAnother = response.status === 429 || response.status >= 500;
    if (!isWorthAnother || attempt === ATTEMPTS) throw new Error(answer.message);
    const seconds = Number(response.headers.get("retry-after") ?? attempt);
    await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
  }
}
