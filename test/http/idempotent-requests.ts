import { afterAll, beforeAll } from "vitest";
import type { TestDatabase } from "../support/postgres.ts";
import { hashOf, numbers } from "../support/use-contact-sync.ts";
import { type Answer, type OpenApp, openApp, type Request } from "./support.ts";

const SYNC = "/api/v1/contacts/sync";
const BULK_INSERT = "/api/v1/contacts/bulk-insert";

interface Sync {
  readonly key?: string;
  readonly phoneNumbers?: readonly string[];
  readonly on?: OpenApp;
}

/** The service on a database, what carries an Idempotency-Key to it, and what came of it. */
export function useIdempotentRequests(database: () => TestDatabase) {
  let opened: OpenApp;
  const app = () => opened;
  beforeAll(async () => {
    opened = await openApp(database());
  });
  afterAll(() => opened.close());

  async function sync(owner: string, { key, phoneNumbers = numbers(3), on = app() }: Sync = {}) {
    const request: Request = {
      method: "POST",
      url: SYNC,
      token: await on.userToken(owner),
      body: { phoneNumbers, deviceContactsCount: phoneNumbers.length },
      headers: key === undefined ? undefined : { "idempotency-key": key },
    };
    return on.request(request);
  }

  async function bulkInsert(
    owner: string,
    key: string,
    count = 1,
    on: OpenApp = app(),
  ): Promise<Answer> {
    const contacts = Array.from({ length: count }, (_, n) => ({
      owner_id: owner,
      phone_hash: hashOf(n),
    }));
    return on.request({
      method: "POST",
      url: BULK_INSERT,
      token: await on.serviceToken(),
      body: { contacts },
      headers: { "idempotency-key": key },
    });
  }

  const syncsOf = async (owner: string) => {
    const { rows } = await database().pool.query(
      "select count(*)::integer as runs from contact_sync_runs where owner_id = $1",
      [owner],
    );
    return rows[0].runs;
  };
  const storedOf = async (owner: string) => {
    const { rows } = await database().pool.query(
      "select count(*)::integer as stored from contacts_with_accounts where owner_id = $1",
      [owner],
    );
    return rows[0].stored;
  };
  const link = async (userId: string, phoneNumber: string) =>
    app().request({
      method: "PUT",
      url: `/api/v1/users/${userId}/phones`,
      token: await app().serviceToken(),
      body: { phoneNumber },
    });
  const execute = (sql: string, ...values: unknown[]) => database().pool.query(sql, values);
  const codeOf = (answer: Answer) => [answer.statusCode, answer.json().code];

  return { app, sync, bulkInsert, syncsOf, storedOf, link, execute, codeOf };
}
