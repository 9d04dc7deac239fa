// Receives contact-sync's webhooks: verifies each, acts on it once, and would send a push
// notification to everybody who has just found an old friend.
//
//   CONTACT_SYNC_WEBHOOK_SECRET=whsec_… PORT=4000 node index.js
//
// and for the service, on the same machine:
//
//   CONTACT_SYNC_WEBHOOK_URL=http://127.0.0.1:4000/contact-sync
//   CONTACT_SYNC_WEBHOOK_ALLOW_PRIVATE=true
import { createServer } from "node:http";
import { pathToFileURL } from "node:url";
import { Webhook, WebhookVerificationError } from "standardwebhooks";

// 1,000 owners are 40 KB.
const MAX_BODY_BYTES = 1_000_000;
// "Aylin is here now" is no news any more.
const NEWS_MS = 24 * 3_600_000;

/**
 * @typedef {{ user_id: string, phone_hash: string, silent: boolean, owners: string[] }} Data
 * @typedef {{ type: string, timestamp: string, data: Data }} Message
 * @typedef {{ once(id: string, work: () => Promise<void>): Promise<void> }} Messages
 */

/**
 * Does the work of each message once. This one is forgotten with the process; a real one is a table:
 * `insert into webhook_messages (id) values ($1) on conflict do nothing`, in the same transaction as
 * what the message makes you do, and rows older than a month deleted.
 *
 * @returns {Messages}
 */
export function rememberInMemory() {
  /** @type {Map<string, Promise<void>>} */
  const works = new Map();
  return {
    once(id, work) {
      const begun = works.get(id);
      if (begun !== undefined) return begun;
      const working = work();
      works.set(id, working);
      // It failed, and will come again.
      working.catch(() => works.delete(id));
      return working;
    },
  };
}

/**
 * Makes a request listener for `http.createServer`.
 *
 * @param {{
 *   secret: string,
 *   push(ownerId: string, userId: string): Promise<unknown>,
 *   unlink(ownerId: string, phoneHash: string): Promise<unknown>,
 *   messages?: Messages,
 * }} options `secret` is one of those that the service signs with (`whsec_…`); `push` tells an owner
 *   that a contact of theirs has joined; `unlink` takes the account off a contact that you keep
 * @returns {import("node:http").RequestListener}
 */
export function receiveWebhooks({ secret, push, unlink, messages = rememberInMemory() }) {
  const webhook = new Webhook(secret);

  /** @param {Message} message */
  async function act({ type, timestamp, data }) {
    // First of all: of any other type, such as webhooks.test, that it came is all there is to know,
    // and its data are others.
    if (type !== "contacts.linked" && type !== "contacts.unlinked") return;
    const { user_id, phone_hash, silent, owners } = data;
    if (type === "contacts.linked") {
      const isNews = Date.now() - Date.parse(timestamp) < NEWS_MS;
      // Linked all the same: the app shows them with its next sync. It only makes no noise.
      if (silent || !isNews) return;
      for (const owner of owners) await push(owner, user_id);
    }
    if (type === "contacts.unlinked") {
      for (const owner of owners) await unlink(owner, phone_hash);
    }
  }

  return async (request, response) => {
    const answer = (/** @type {number} */ status) => response.writeHead(status).end();
    try {
      if (request.method !== "POST") return answer(405);
      const body = await readBody(request);
      if (body === undefined) return answer(413);
      // Of the text as it came: JSON that was read and written again is another text.
      const headers = /** @type {Record<string, string>} */ (request.headers);
      const message = /** @type {Message} */ (webhook.verify(body, headers));
      // Delivered at least once, so sometimes twice.
      await messages.once(headers["webhook-id"] ?? "", () => act(message));
      answer(204);
    } catch (error) {
      if (error instanceof WebhookVerificationError) return answer(401);
      console.error(error);
      // Anything but 2xx has it come again.
      answer(500);
    }
  };
}

/** @param {import("node:http").IncomingMessage} request */
async function readBody(request) {
  const chunks = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

const isProgram = import.meta.url === pathToFileURL(process.argv[1] ?? "").href;
if (isProgram) {
  const port = Number(process.env["PORT"] ?? 4000);
  const secret = process.env["CONTACT_SYNC_WEBHOOK_SECRET"] ?? "";
  if (!/^whsec_[A-Za-z0-9+/]{32,}={0,2}$/.test(secret)) {
    console.error(
      "Set CONTACT_SYNC_WEBHOOK_SECRET to the secret that the service signs with: whsec_ and base64. Of several, one.",
    );
    process.exit(1);
  }
  const listener = receiveWebhooks({
    secret,
    // Here you would call APNs or FCM. Neither id belongs into a log.
    push: async () => console.log("would push: somebody you know has joined"),
    unlink: async () => console.log("would take an account off a contact"),
  });
  createServer(listener).listen(port, "127.0.0.1", () => {
    console.log(`receiving on http://127.0.0.1:${port}`);
  });
}
