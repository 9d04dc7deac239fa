import { applyToDigest, digestOf, isContactSyncError } from "@contact-sync/client";
import type { Contact, ContactsWithAccounts, SyncResult } from "../../src/index.ts";
import { earlier } from "../support/earlier.ts";
import type { TestDatabase } from "../support/postgres.ts";
import { type Call, timesSent } from "./model.ts";
import type { Item, Operation } from "./operations.ts";
import type { Delta, Token } from "./syncs.ts";
import type { SealedWorld } from "./tables.ts";
import { DEVICES, HASHES, momentOf, notationOf, PEOPLE, REGION } from "./world.ts";

/** What operations are done with. */
export interface Means {
  readonly engine: ContactsWithAccounts;
  readonly database: TestDatabase;
  readonly world: SealedWorld;
  /** All sync tokens that were given, and what the model knows of them. */
  readonly tokens: string[];
  readonly known: readonly Token[];
}

/** Does an operation with the library and says what came of it, in the model's words. */
export async function applyWithLibrary(means: Means, { operation, delta }: Call): Promise<unknown> {
  const {
    engine,
    database: { pool },
    world,
  } = means;
  const person = (place: number) => PEOPLE[place] as string;
  const hash = (number: number) => HASHES[number] as string;
  const sql = async (text: string, values: unknown[]) =>
    Object.values((await pool.query<Record<string, unknown>>(text, values)).rows[0] ?? {})[0];

  switch (operation.do) {
    case "sync": {
      const { owner, device, numbers, mode, confirmRemoval, batchSize } = operation;
      const entries = numbers.map((number, place) =>
        number === null ? "unreadable" : notationOf(number, place),
      );
      const result = await engine.syncContacts(
        person(owner),
        operation.streamed ? streamOf(entries) : entries,
        entries.length,
        {
          mode,
          confirmRemoval,
          batchSize,
          defaultRegion: REGION,
          deviceId: device === null ? undefined : (DEVICES[device] as string),
        },
      );
      return resultOf(means, result);
    }
    case "session":
      return resultOf(means, await applySession(engine, operation));
    case "delta":
    case "resend": {
      const outcomes = [];
      for (const sent of timesSent(operation, delta)) {
        outcomes.push(await sendDelta(means, sent).catch(outcomeOf));
      }
      return outcomes;
    }
    case "forgetDevice":
      return engine.forgetDevice(person(operation.owner), DEVICES[operation.device] as string);
    case "monthPasses":
      await sql(
        `update contact_sync_kept_choices set removed_at = ${earlier("removed_at", "interval '31 days'")}`,
        [],
      );
      return;
    case "bulkInsert": {
      const contacts = operation.items.map(toBulkContact);
      const { processing_time_ms: _, ...counts } = await engine.bulkInsertContacts(
        operation.streamed ? streamOf(contacts) : contacts,
        { batchSize: operation.batchSize },
      );
      return counts;
    }
    case "create":
      return shown(await engine.create(toBulkContact(operation.item)));
    case "link":
      return engine.link(person(operation.user), hash(operation.number), {
        verifiedAt: momentOf(operation.verified),
      });
    case "linkMany":
      return engine.linkMany(
        operation.entries.map(({ user, number, verified }) => ({
          userId: person(user),
          phoneHash: hash(number),
          verifiedAt: momentOf(verified),
        })),
      );
    case "unlink":
      return engine.unlink(operation.numbers.map(hash), {
        userId: operation.user === null ? undefined : person(operation.user),
      });
    case "linkInSql":
      return sql("select link_phone($1, $2, $3)", [
        world.keys[operation.number],
        person(operation.user),
        momentOf(operation.verified),
      ]);
    case "unlinkInSql":
      return sql("select unlink_phone($1)", [world.keys[operation.number]]);
    case "linkPending":
      return engine.linkPendingPhones();
    case "favorite":
      return shown(
        await engine.setFavorite(person(operation.owner), hash(operation.number), operation.is),
      );
    case "interaction":
      return shown(
        await engine.recordInteraction(
          person(operation.owner),
          hash(operation.number),
          momentOf(operation.at),
        ),
      );
    case "delete":
      return engine.deleteContacts(person(operation.owner), operation.numbers.map(hash));
    case "deleteAll":
      return engine.deleteAllContacts(person(operation.owner));
    case "erase": {
      const { receipt: _, ...counts } = await engine.eraseUser(person(operation.user));
      return counts;
    }
    case "choose":
      return engine.setDiscoverability(person(operation.user), operation.choice);
    case "block":
      return engine.blockUser(person(operation.user), person(operation.other));
    case "unblock":
      return engine.unblockUser(person(operation.user), person(operation.other));
    case "read": {
      const { contacts } = await engine.listContacts(person(operation.owner));
      return contacts.map(shown).sort((one, other) => one.number - other.number);
    }
    case "chooseDefault":
      return sql("select set_default_discoverability($1)", [operation.choice]);
    case "forgetNumber":
      return engine.forgetNumber(hash(operation.number));
    case "liftNumber":
      return engine.liftNumber(hash(operation.number));
    case "hold":
      await sql(
        `insert into contact_sync_status (owner_id, held_at) values ($1, now())
             on conflict (owner_id) do update set held_at = excluded.held_at`,
        [person(operation.owner)],
      );
      return;
    case "release":
      return engine.releaseOwner(person(operation.owner));
  }
}

/** Sends a delta by a token that the model has chosen. */
export async function sendDelta(
  means: Means,
  { token, added, removed, confirmRemoval }: Delta,
): Promise<unknown> {
  const { owner, set } = means.known[token] as Token;
  const hashes = (numbers: Iterable<number>) => [...numbers].map((one) => HASHES[one] as string);
  const change = { added: hashes(added), removed: hashes(removed) };
  const {
    changes: _,
    has_more_changes: __,
    changes_reset: ___,
    ...result
  } = await means.engine.syncDelta(PEOPLE[owner] as string, {
    syncToken: means.tokens[token] as string,
    digest: applyToDigest(digestOf(hashes(set)), change),
    confirmRemoval,
    ...change,
  });
  return resultOf(means, result);
}

async function applySession(
  engine: ContactsWithAccounts,
  session: Extract<Operation, { do: "session" }>,
): Promise<SyncResult> {
  const owner = PEOPLE[session.owner] as string;
  const parts = session.parts.map((numbers) => numbers.map((number) => HASHES[number] as string));
  const { session_id } = await engine.beginSession(owner, {
    deviceId: DEVICES[session.device] as string,
    mode: session.mode,
    deviceContactsCount: parts.flat().length,
  });
  const arrival = [...session.arrival.filter((part) => part < parts.length), ...parts.keys()];
  for (const part of arrival) {
    await engine.putSessionPart(owner, session_id, part, parts[part] as string[]);
  }
  return engine.commitSession(owner, session_id, {
    parts: parts.length,
    digest: digestOf(parts.flat()),
    confirmRemoval: session.confirmRemoval,
  });
}

/** What a sync returned, in the model's words; its token is kept. */
function resultOf({ tokens }: Means, result: SyncResult) {
  const { processing_time_ms: _, rejected, matches, budget, sync_token, ...counts } = result;
  if (sync_token !== null) tokens.push(sync_token);
  return {
    ...counts,
    budget: budget?.remaining,
    sync_token: sync_token !== null,
    rejected: rejected.map(({ index }) => index),
    matches: matches.map(({ index, indexes, phone_hash, user_id }) => ({
      number: HASHES.indexOf(phone_hash),
      index,
      indexes,
      user: PEOPLE.indexOf(user_id),
    })),
  };
}

/** An error as its code: of ours, or of the SQL that some operations call directly. */
export function outcomeOf(error: unknown): { error: string } {
  if (isContactSyncError(error)) return { error: error.code };
  const { code, message } = error as { code?: string; message: string };
  if (code?.startsWith("YC")) return { error: message.split(":")[0] as string };
  throw error;
}

/** A contact that the library returned, in the model's words. */
export function shown(contact: Contact) {
  const { owner_id, phone_hash, linked_user_id, is_favorite, last_interaction } = contact;
  return {
    owner: PEOPLE.indexOf(owner_id),
    number: HASHES.indexOf(phone_hash),
    link: linked_user_id === null ? null : PEOPLE.indexOf(linked_user_id),
    favorite: is_favorite,
    interaction: last_interaction === null ? null : last_interaction.getUTCDate(),
  };
}

function toBulkContact({ owner, number, favorite, link, interaction }: Item) {
  return {
    owner_id: PEOPLE[owner] as string,
    phone_hash: HASHES[number] as string,
    is_favorite: favorite,
    linked_user_id: link === null ? null : (PEOPLE[link] as string),
    last_interaction: interaction === null ? null : momentOf(interaction),
  };
}

async function* streamOf<T>(entries: readonly T[]): AsyncGenerator<T> {
  yield* entries;
}
