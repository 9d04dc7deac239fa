// The page and the service behind it, with the people of examples/address-book. For `start.js`, and
// for the tests.

/** @import { DirectoryEntry } from "../../dist/readers/index.js" */
import { createReadStream } from "node:fs";
import { fileURLToPath } from "node:url";
import { serve } from "../../dist/http/serve.js";
import { readDirectory } from "../../dist/readers/directory.js";
import { signToken } from "../../dist/security/sign-token.js";
import { servePage } from "./serve-page.js";

const PEOPLE = fileURLToPath(new URL("../address-book/people.csv", import.meta.url));
/** People of the address book who join later, one at a time. */
const LATER = 5;
const TOKEN_SECONDS = 3600;

/**
 * @typedef {object} Example
 * @property {string} page the page's address
 * @property {string} service the service's
 * @property {() => Promise<boolean>} join lets one more person of the address book join; false:
 *   all have
 * @property {() => Promise<void>} stop
 */

/**
 * @param {{ environment: Record<string, string>, announce?: (message: string) => void, pagePort?: number }} options
 * @returns {Promise<Example>}
 */
export async function startExample({ environment, announce = () => {}, pagePort }) {
  let url = "";
  /** @type {() => Promise<string>} */
  let getToken = () => Promise.reject(new Error("The service has not started."));
  const page = await servePage({
    settings: () => ({ url, region: "EG" }),
    getToken: () => getToken(),
    ...(pagePort === undefined ? {} : { port: pagePort }),
  });
  const service = await serve({
    environment: { ...environment, CONTACT_SYNC_CORS_ORIGINS: page.address },
    announce,
    log: { write: () => {} },
  });
  url = service.address;
  const stop = async () => {
    await page.stop();
    await service.stop();
  };
  try {
    const secret = environment["CONTACT_SYNC_JWT_SECRET"] ?? service.ownSecret;
    if (secret === undefined) throw new Error("There is no secret to sign tokens with.");
    const sign = (/** @type {Parameters<typeof signToken>[1]} */ token) => signToken(secret, token);
    const backEnd = await sign({ role: "service_role", expiresInSeconds: TOKEN_SECONDS });
    /** @type {DirectoryEntry[]} */
    const people = [];
    for await (const person of readDirectory(createReadStream(PEOPLE))) people.push(person);
    // The first is the owner of the book.
    const userId = people[0]?.userId;
    getToken = () => sign({ role: "authenticated", userId, expiresInSeconds: TOKEN_SECONDS });
    const later = people.slice(1, 1 + LATER);
    for (const person of later) await unlink(url, backEnd, person);
    for (const person of people) if (!later.includes(person)) await link(url, backEnd, person);
    return {
      page: page.address,
      service: url,
      async join() {
        const person = later.shift();
        if (person !== undefined) await link(url, backEnd, { ...person, verifiedAt: undefined });
        return person !== undefined;
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/**
 * @param {string} url
 * @param {string} token
 * @param {{ userId: string, phone: string, verifiedAt?: Date | undefined }} person
 */
function link(url, token, { userId, phone: phoneNumber, verifiedAt }) {
  return send(`${url}/api/v1/users/${userId}/phones`, token, "PUT", { phoneNumber, verifiedAt });
}

/**
 * @param {string} url
 * @param {string} token
 * @param {{ userId: string, phone: string }} person
 */
function unlink(url, token, { userId, phone: phoneNumber }) {
  return send(`${url}/api/v1/users/${userId}/phones`, token, "DELETE", { phoneNumber });
}

/**
 * @param {string} url
 * @param {string} token
 * @param {string} method
 * @param {object} body
 */
async function send(url, token, method, body) {
  const response = await fetch(url, {
    method,
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${method} ${url}: ${await response.text()}`);
}
