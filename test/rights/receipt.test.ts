import { createPrivateKey, randomUUID } from "node:crypto";
import { writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLocalJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify, SignJWT } from "jose";
import { afterAll, beforeAll, expect, test } from "vitest";
import { generateKey, verifyReceipt } from "../../src/index.ts";
import { deriveKey, parseKey } from "../../src/security/key.ts";
import { createReceipts } from "../../src/security/receipt.ts";
import { environmentOf, runCli } from "../cli/support/run-cli.ts";
import { SERVICE_KEY, useApp } from "../http/support.ts";
import { openContactSync, TEST_KEY } from "../support/open-contact-sync.ts";
import { describePostgres, useDatabase } from "../support/postgres.ts";
import { tracesOf } from "../support/traces.ts";
import { hashOf, numberOf, numbers, refusal, useContactSync } from "../support/use-contact-sync.ts";

const ZEROS = { contacts_deleted: 0, phones_unlinked: 0, given_links_removed: 0, runs_folded: 0 };

describePostgres("the receipt of an erasure", (server) => {
  const { contactSync, database } = useContactSync(server);

  test("says who, when, what and which installation, and JOSE verifies it", async () => {
    const user = randomUUID();
    await contactSync().link(user, numberOf(1));
    await contactSync().syncContacts(user, numbers(3), 3);
    const before = (await database().pool.query("select clock_timestamp() as now")).rows[0].now;
    const { receipt, ...removed } = await contactSync().eraseUser(user);
    const keys = await contactSync().receiptKeys();
    const { payload, protectedHeader } = await jwtVerify(
      receipt as string,
      createLocalJWKSet(keys as never),
    );
    expect(protectedHeader).toEqual({
      alg: "EdDSA",
      kid: keys.keys[0]?.kid,
      typ: "contact-sync-erasure+jwt",
    });
    expect(payload).toEqual({
      iss: "contact-sync",
      sub: user,
      iat: Math.floor(Date.parse(payload["erased_at"] as string) / 1000),
      erased_at: expect.any(String),
      installation: keys.keys[0]?.kid,
      removed,
    });
    expect(removed).toMatchObject({ contacts_deleted: 3, phones_unlinked: 1, runs_folded: 1 });
    expect(Date.parse(payload["erased_at"] as string)).toBeGreaterThanOrEqual(before.getTime());
    expect(await verifyReceipt(` ${receipt}\n`, keys)).toEqual({
      user_id: user,
      erased_at: payload["erased_at"],
      installation: keys.keys[0]?.kid,
      removed,
    });
  });

  test("of a second call, as after an answer that was lost, is signed with zeros", async () => {
    const user = randomUUID();
    await contactSync().syncContacts(user, numbers(3), 3);
    await contactSync().eraseUser(user);
    const { receipt } = await contactSync().eraseUser(user);
    const says = await verifyReceipt(receipt as string, await contactSync().receiptKeys());
    expect(says).toMatchObject({ user_id: user, removed: ZEROS });
  });

  test("is kept nowhere, and the user stands nowhere", async () => {
    const [user, friend] = [randomUUID(), randomUUID()];
    await database().pool.query("select set_webhooks(true)");
    await contactSync().link(user, numberOf(20));
    const device = { mode: "replace", deviceId: "phone" } as const;
    await contactSync().syncContacts(user, numbers(9, 20), 9, device);
    await contactSync().syncContacts(friend, numbers(9, 20), 9, device);
    await contactSync().create({ owner_id: friend, phone_hash: hashOf(50), linked_user_id: user });
    const { session_id } = await contactSync().beginSession(user, {
      deviceId: "tablet",
      deviceContactsCount: 1,
    });
    await contactSync().putSessionPart(user, session_id, 0, [hashOf(21)]);
    expect(await tracesOf(database(), server.major, [user])).toContain("the dump");
    const { receipt } = await contactSync().eraseUser(user);
    await contactSync().linkPendingPhones();
    // Those that tell the app that links to the user are gone name them until they are delivered.
    await database().pool.query("delete from contact_sync_outbox where not is_link");
    expect(await tracesOf(database(), server.major, [user])).toEqual([]);
    const [, body = "", signature = ""] = (receipt as string).split(".");
    const { rows } = await database().pool.query(
      "select c.oid::regclass::text as name from pg_class c where relnamespace = 'public'::regnamespace and relkind = 'r'",
    );
    for (const { name } of rows) {
      const found = await database().pool.query(
        `select from ${name} t where t::text like any ($1)`,
        [[`%${body}%`, `%${signature}%`]],
      );
      expect([name, found.rows]).toEqual([name, []]);
    }
  });

  test("is null without a sealing key, and there is no key to verify one", async () => {
    const unsealed = await openContactSync(await server.createDatabase(), { key: null });
    expect(await unsealed.eraseUser(randomUUID())).toEqual({ ...ZEROS, receipt: null });
    expect(await unsealed.receiptKeys()).toEqual({ keys: [] });
  });

  test("is refused where it was changed, cut, or made by somebody else", async () => {
    const keys = await contactSync().receiptKeys();
    const { receipt } = await contactSync().eraseUser(randomUUID());
    const [head = "", body = "", signature = ""] = (receipt as string).split(".");
    const forged = Buffer.from(
      JSON.stringify({ ...decodeJwt(receipt as string), sub: randomUUID() }),
    ).toString("base64url");
    const foreign = await createReceipts(parseKey(generateKey()));
    const theirs = await foreign.sign(randomUUID(), new Date(), ZEROS);
    const token = await new SignJWT(decodeJwt(receipt as string))
      .setProtectedHeader({ alg: "HS256" })
      .sign(deriveKey(parseKey(TEST_KEY), "receipt"));
    const kid = keys.keys[0]?.kid as string;
    const key = createPrivateKey({
      key: Buffer.concat([
        Buffer.from("302e020100300506032b657004220420", "hex"),
        deriveKey(parseKey(TEST_KEY), "receipt"),
      ]),
      format: "der",
      type: "pkcs8",
    });
    const signed = (head: object, claims: object) =>
      new SignJWT({ ...decodeJwt(receipt as string), ...claims })
        .setProtectedHeader({ alg: "EdDSA", kid, ...head })
        .sign(key);
    for (const bad of [
      // With the very key, and yet something else.
      await signed({}, {}),
      await signed({ typ: "JWT" }, {}),
      await signed({ typ: "contact-sync-erasure+jwt" }, { iss: "somebody" }),
      await signed({ typ: "contact-sync-erasure+jwt" }, { removed: undefined }),
      "",
      "receipt",
      `${head}.${forged}.${signature}`,
      `${head}.${body}.`,
      `${head}.${body}`,
      `${Buffer.from('{"alg":"none"}').toString("base64url")}.${body}.`,
      theirs,
      token,
      undefined,
      7,
    ]) {
      const error = await refusal(verifyReceipt(bad as string, keys), "INVALID_RECEIPT");
      if (bad) expect(error.message).not.toContain(String(bad));
    }
    for (const none of [{ keys: [] }, {}, null, "keys", foreign.keys]) {
      await refusal(verifyReceipt(receipt as string, none as never), "INVALID_RECEIPT");
    }
  });

  test("is of a key of its own: another purpose's gives another", async () => {
    const key = parseKey(TEST_KEY);
    const { keys } = await createReceipts(key);
    const { keys: sealed } = await createReceipts(deriveKey(key, "seal"));
    expect(keys.keys[0]?.x).not.toBe(sealed.keys[0]?.x);
    expect(JSON.stringify(keys)).not.toContain('"d"');
    // The same in every process, and the one before is verified as well.
    const next = await createReceipts(parseKey(generateKey()), key);
    expect(next.keys.keys.map(({ kid }) => kid)).toContain(keys.keys[0]?.kid);
    const { receipt } = await contactSync().eraseUser(randomUUID());
    await verifyReceipt(receipt as string, next.keys);
    const signed = await next.sign(randomUUID(), new Date(), ZEROS);
    expect(decodeProtectedHeader(signed as string).kid).toBe(next.keys.keys[0]?.kid);
  });
});

describePostgres("a receipt over HTTP", (server) => {
  const app = useApp(server);

  test("is verified with the keys that anybody may fetch", async () => {
    const userId = randomUUID();
    const url = `/api/v1/users/${userId}`;
    const erased = await app().request({ method: "DELETE", url, token: SERVICE_KEY });
    const { receipt } = erased.json().data;
    const answer = await app().request({
      method: "GET",
      url: "/.well-known/contact-sync-receipts",
    });
    expect(answer.statusCode).toBe(200);
    expect(await verifyReceipt(receipt, answer.json())).toMatchObject({
      user_id: userId,
      removed: ZEROS,
    });
    expect(app().log.join("")).not.toContain(receipt);
  });
});

describePostgres("contact-sync erase and verify-receipt", (server) => {
  const database = useDatabase(server);
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "contact-sync-receipt-"));
  });
  afterAll(() => rm(folder, { recursive: true }));
  const cli = (args: string[], stdin?: string) =>
    runCli(args, { environment: environmentOf(database()), ...(stdin && { stdin }) });

  test("print a receipt, and what it says", async () => {
    const user = randomUUID();
    const erased = await cli(["erase", user, "--yes"]);
    const receipt = /^Receipt: (\S+)$/m.exec(erased.stdout)?.[1] ?? "";
    const file = join(folder, "receipt.jws");
    writeFileSync(file, `${receipt}\n`);
    const verified = await cli(["verify-receipt", file]);
    expect(verified).toMatchObject({ code: 0, stderr: "" });
    expect(verified.stdout).toContain(`Valid. Erased: user ${user}`);

    const keys = join(folder, "keys.json");
    writeFileSync(keys, JSON.stringify((await createReceipts(parseKey(TEST_KEY))).keys));
    const given = await cli(["verify-receipt", "-", "--keys", keys, "--json"], receipt);
    expect(JSON.parse(given.stdout)).toMatchObject({ user_id: user, removed: ZEROS });

    // While the key is being changed, and after.
    const verify = (environment: Record<string, string>) =>
      runCli(["verify-receipt", file], {
        environment: {
          ...environmentOf(database()),
          CONTACT_SYNC_KEY: generateKey(),
          ...environment,
        },
      });
    expect(await verify({ CONTACT_SYNC_PREVIOUS_KEY: TEST_KEY })).toMatchObject({ code: 0 });
    const later = await verify({});
    expect(later.code).toBe(1);
    expect(later.stderr).toContain("from before its key was changed");

    const bad = await cli(["verify-receipt", "-", "--keys", keys], receipt.slice(0, -5));
    expect(bad).toMatchObject({ code: 1, stdout: "" });
    expect(bad.stderr).toMatch(/^INVALID_RECEIPT/);
    const none = await cli(["verify-receipt", "-", "--keys", join(folder, "none")], receipt);
    expect(none.stderr).toMatch(/^UNREADABLE_FILE/);
  });
});
