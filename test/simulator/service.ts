import pg from "pg";
import { listContacts } from "../../src/contacts/book/list.ts";
import { linkPendingPhones } from "../../src/directory/linker.ts";
import { parseKey } from "../../src/security/key.ts";
import { createPhoneCipher } from "../../src/security/phone-cipher.ts";
import { type OpenApp, openApp } from "../http/support.ts";
import { TEST_KEY } from "../support/open-contact-sync.ts";
import type { TestDatabase } from "../support/postgres.ts";
import { hashOf } from "./address-book.ts";

const DAY_MS = 86_400_000;

/** A request as it travels. */
export interface Travelling {
  readonly method: string;
  /** Behind the host. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array | undefined;
}

export interface Arrived {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** Who of an owner's devices has which hash; null: calls without a device. */
export type Holdings = Map<string | null, Set<string>>;

const realNow = Date.now;
/** How many requests are under way. */
let asked = 0;

/** The real service on a real database, which is stopped, started again and restored. */
export class SimulatedService {
  readonly #database: TestDatabase;
  #opened: OpenApp | undefined;
  #address = "";
  #serviceToken = "";
  #backups = 0;
  /** Every line it has logged. */
  readonly log: string[] = [];
  /** How far its clock is ahead of the machine's. */
  daysAhead = 0;
  starts = 0;

  constructor(database: TestDatabase) {
    this.#database = database;
  }

  get isUp(): boolean {
    return this.#opened !== undefined;
  }

  async start(): Promise<void> {
    if (this.#opened !== undefined) return;
    const opened = await openApp(this.#database, { poolSize: 4 });
    this.#address = await opened.app.listen({ port: 0, host: "127.0.0.1" });
    this.#serviceToken = await opened.serviceToken();
    this.#opened = opened;
    this.starts += 1;
  }

  async stop(): Promise<void> {
    const opened = this.#opened;
    this.#opened = undefined;
    if (opened === undefined) return;
    await opened.close();
    this.log.push(...opened.log.splice(0));
  }

  /** Over real HTTP. Rejects where nobody listens. */
  async ask({ method, path, headers, body }: Travelling): Promise<Arrived> {
    // What the service reads of the clock are the days of its tokens.
    const ahead = this.daysAhead * DAY_MS;
    Date.now = () => realNow() + ahead;
    asked += 1;
    try {
      const response = await fetch(`${this.#address}${path}`, {
        method,
        headers,
        ...(body === undefined ? {} : { body: body as string }),
      });
      const {
        "content-encoding": _,
        "content-length": __,
        ...rest
      } = Object.fromEntries(response.headers);
      return { status: response.status, headers: rest, text: await response.text() };
    } finally {
      asked -= 1;
      // The last of those that overlap: files that follow share this clock.
      if (asked === 0) Date.now = realNow;
    }
  }

  async link(userId: string, n: number, announce: boolean): Promise<void> {
    const body = JSON.stringify({ phoneHash: hashOf(n), announce });
    await this.#tell("PUT", `/users/${userId}/phones`, body);
  }

  async unlink(userId: string, n: number): Promise<void> {
    await this.#tell("DELETE", `/users/${userId}/phones`, JSON.stringify({ phoneHash: hashOf(n) }));
  }

  /** An owner's contacts, each with who has the number. */
  async list(ownerId: string): Promise<[string, string | null][]> {
    const { engine } = this.#running;
    const listed: [string, string | null][] = [];
    let cursor: string | undefined;
    do {
      const page = await listContacts(engine, ownerId, { limit: 1_000, cursor });
      for (const contact of page.contacts)
        listed.push([contact.phone_hash, contact.linked_user_id]);
      cursor = page.next_cursor ?? undefined;
    } while (cursor !== undefined);
    return listed;
  }

  async setBudget(burst: number): Promise<void> {
    await this.#query("select set_new_number_budget($1, $2, 0)", [burst, 1_000]);
  }

  async linkAll(): Promise<void> {
    await linkPendingPhones(this.#running.engine, { all: true });
  }

  /** Only while it is down: a database that is copied has no visitors. */
  async backUp(): Promise<string> {
    this.#backups += 1;
    const name = `${this.#database.name}_backup_${this.#backups}`;
    await this.#administer(copyOf(this.#database.name, name));
    return name;
  }

  async restore(backup: string): Promise<void> {
    const { name } = this.#database;
    await this.#administer([`drop database ${name} with (force)`, ...copyOf(backup, name)]);
  }

  async removeBackups(): Promise<void> {
    const names = Array.from({ length: this.#backups }, (_, n) => n + 1);
    await this.#administer(
      names.map((n) => `drop database if exists ${this.#database.name}_backup_${n} with (force)`),
    );
  }

  /** What the tables say of an owner's book. */
  async holdings(ownerId: string): Promise<Holdings> {
    const { rows: devices } = await this.#query(
      "select device_id, slot from contact_sync_devices where owner_id = $1",
      [ownerId],
    );
    const { rows: contacts } = await this.#query(
      "select phone_key, held_by from contacts_with_accounts where owner_id = $1",
      [ownerId],
    );
    const cipher = createPhoneCipher(parseKey(TEST_KEY));
    const hashes = cipher.decrypt(contacts.map(({ phone_key }) => phone_key.replaceAll("-", "")));
    const holdings: Holdings = new Map([[null, new Set()]]);
    const bySlot = new Map<number, string | null>([[0, null]]);
    for (const { device_id, slot } of devices) {
      holdings.set(device_id, new Set());
      bySlot.set(slot, device_id);
    }
    for (const [place, { held_by }] of contacts.entries()) {
      for (let slot = 0; slot < 15; slot += 1) {
        if ((held_by & (1 << slot)) === 0) continue;
        const device = bySlot.get(slot);
        if (device === undefined) throw new Error(`slot ${slot} is nobody's`);
        holdings.get(device)?.add(hashes[place] as string);
      }
    }
    return holdings;
  }

  get #running(): OpenApp {
    if (this.#opened === undefined) throw new Error("the service is down");
    return this.#opened;
  }

  #query(text: string, values: unknown[]) {
    return this.#running.pool.query(text, values);
  }

  async #tell(method: string, path: string, body?: string): Promise<void> {
    const { status, text } = await this.ask({
      method,
      path: `/api/v1${path}`,
      headers: {
        authorization: `Bearer ${this.#serviceToken}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      body,
    });
    if (status !== 200) throw new Error(`the service answered ${status}: ${text}`);
  }

  async #administer(statements: readonly string[]): Promise<void> {
    const { superuserConnectionString, name } = this.#database;
    const client = new pg.Client({
      connectionString: superuserConnectionString.replace(`/${name}?`, "/postgres?"),
    });
    await client.connect();
    try {
      for (const statement of statements) await client.query(statement);
    } finally {
      await client.end();
    }
  }
}

function copyOf(name: string, copy: string): string[] {
  return [
    `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}'`,
    `create database ${copy} template ${name} owner postgres`,
  ];
}
