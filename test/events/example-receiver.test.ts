import { execFile } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test, vi } from "vitest";
import { receiveWebhooks } from "../../examples/webhook-receiver/index.js";
import { type Envelope, post } from "../../src/events/post.ts";
import { parseSecret } from "../../src/events/signature.ts";

const SECRET = `whsec_${Buffer.alloc(32, 5).toString("base64")}`;
const OTHER = `whsec_${Buffer.alloc(32, 6).toString("base64")}`;
const [USER, ANA, BEN, HASH] = ["user", "ana", "ben", "9476e557c9e413deae474978709659f5"];

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

/** The receiver, what it did, and a sender that signs as the service does. */
async function open() {
  const did: string[] = [];
  const faults = { left: 0 };
  const listener = receiveWebhooks({
    secret: SECRET,
    push: async (owner: string, user: string) => {
      if (faults.left > 0) {
        faults.left -= 1;
        throw new Error("no push service");
      }
      did.push(`push ${owner} ${user}`);
    },
    unlink: async (owner: string, hash: string) => void did.push(`unlink ${owner} ${hash}`),
  });
  const server = createServer(listener).listen(0, "127.0.0.1");
  closers.push(() => server.close());
  await once(server, "listening");
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  const send = async (envelope: Envelope, ...secrets: string[]) => {
    const signers = (secrets.length > 0 ? secrets : [SECRET]).map(parseSecret) as Buffer[];
    return (await post({ url, secrets: signers, allowsPrivate: true }, envelope)).status;
  };
  return { did, faults, send, url };
}

const message = (
  id: string,
  type: string,
  data: object = {},
  timestamp = new Date(),
): Envelope => ({
  id,
  body: JSON.stringify({
    type,
    timestamp,
    data: { user_id: USER, phone_hash: HASH, silent: false, owners: [ANA, BEN], ...data },
  }),
});

test("tells everybody who has the number, once however often the message comes", async () => {
  const { did, send } = await open();
  expect(await send(message("1", "contacts.linked"))).toBe(204);
  expect(await send(message("1", "contacts.linked"))).toBe(204);
  expect(did).toEqual([`push ${ANA} ${USER}`, `push ${BEN} ${USER}`]);
});

test("tells nobody of a link that is silent, or old", async () => {
  const { did, send } = await open();
  await send(message("1", "contacts.linked", { silent: true }));
  await send(message("2", "contacts.linked", {}, new Date(Date.now() - 2 * 86_400_000)));
  expect(did).toEqual([]);
});

test("takes the account off where a link is gone, and takes what it does not know", async () => {
  const { did, send } = await open();
  expect(await send(message("1", "contacts.unlinked", { owners: [ANA] }))).toBe(204);
  expect(await send(message("2", "webhooks.test"))).toBe(204);
  expect(did).toEqual([`unlink ${ANA} ${HASH}`]);
});

test("has a message come again that it could not act on", async () => {
  const { did, faults, send } = await open();
  vi.spyOn(console, "error").mockImplementation(() => {});
  faults.left = 1;
  expect(await send(message("1", "contacts.linked", { owners: [ANA] }))).toBe(500);
  expect(await send(message("1", "contacts.linked", { owners: [ANA] }))).toBe(204);
  expect(did).toEqual([`push ${ANA} ${USER}`]);
  vi.restoreAllMocks();
});

test("takes only what is signed with its secret, also while that is rotated", async () => {
  const { did, send, url } = await open();
  expect(await send(message("1", "contacts.linked"), OTHER)).toBe(401);
  expect(did).toEqual([]);
  expect(await send(message("2", "contacts.linked", { owners: [ANA] }), OTHER, SECRET)).toBe(204);
  expect(did).toEqual([`push ${ANA} ${USER}`]);
  expect((await fetch(url)).status).toBe(405);
  expect((await fetch(url, { method: "POST", body: "{}" })).status).toBe(401);
});

test("takes what has no data, or data of another kind", async () => {
  const { did, send } = await open();
  const timestamp = new Date();
  const bodies = [
    { type: "webhooks.test", timestamp, data: {} },
    { type: "contacts.merged", timestamp },
    { type: "contacts.merged", timestamp, data: null },
  ];
  for (const [index, body] of bodies.entries()) {
    expect(await send({ id: String(index), body: JSON.stringify(body) })).toBe(204);
  }
  expect(did).toEqual([]);
});

test.each([
  undefined,
  "",
  "secret",
  "whsec_",
  `${SECRET},${OTHER}`,
])("says what to set where the secret is %j", async (secret) => {
  const { code, stderr } = await new Promise<{ code: unknown; stderr: string }>((resolve) => {
    const environment = { ...process.env, CONTACT_SYNC_WEBHOOK_SECRET: secret, PORT: "0" };
    execFile(
      process.execPath,
      ["examples/webhook-receiver/index.js"],
      { env: environment },
      (error, _stdout, stderr) => resolve({ code: error?.code, stderr }),
    );
  });
  expect(code).toBe(1);
  expect(stderr).toMatch(/^Set CONTACT_SYNC_WEBHOOK_SECRET to .*\n$/);
});
