import { ContactSyncError, type OptionNames, readOptions } from "@contact-sync/client";
import type { BookEngine, Engine } from "../engine/engine.ts";
import type { User } from "../engine/users.ts";
import { throwIfAborted } from "../input/arguments.ts";

export interface ExportOptions {
  /** Ends the export between two pages. */
  signal?: AbortSignal | undefined;
}

const OPTIONS: OptionNames<ExportOptions> = { signal: true };

type Entry = Readonly<Record<string, unknown>>;

interface Row {
  readonly part: string;
  readonly entry: Entry;
  readonly place: string;
}

/** The lists of an export, in the order of `export_user`; each is there, if empty. */
const LISTS = [
  "numbers",
  "devices",
  "runs",
  "kept_choices",
  "session_numbers",
  "stream_numbers",
  "contacts",
  "blocked_users",
];
// Some 300 bytes each: half a megabyte at a time.
const PAGE_ROWS = 2_000;
const MOVED =
  "the sealing key of this book was changed while it was being exported: export it again";

/** `exportUser` of `ContactsWithAccounts`, which describes it. */
export async function exportUser(
  engine: Engine,
  userId: string,
  givenOptions?: ExportOptions,
): Promise<AsyncIterable<string>> {
  const { signal } = readOptions(givenOptions, OPTIONS);
  const user = engine.users.of(userId, "userId");
  let keyNumber: number | undefined;
  const page = (after: string | null) => {
    throwIfAborted(signal);
    return engine.forOwner(user.uuid, async (book) => {
      keyNumber ??= book.number;
      // The places of its rows were others then.
      if (keyNumber !== book.number) throw new ContactSyncError("KEY_ROTATION", MOVED);
      const rows = await book.sql.callForRows<Row>("export_user", [user.uuid, after, PAGE_ROWS]);
      return withIds(book, user, withHashes(book, rows));
    });
  };
  // What is wrong is told before anything is written.
  const first = await page(null);
  return documentOf(first, page);
}

/** One JSON document, a piece a page. */
async function* documentOf(
  first: readonly Row[],
  page: (after: string) => Promise<Row[]>,
): AsyncGenerator<string> {
  const writer = new Writer();
  let rows = first;
  for (;;) {
    const text = writer.write(rows);
    const last = rows.length < PAGE_ROWS ? undefined : rows.at(-1);
    yield last === undefined ? text + writer.end() : text;
    if (last === undefined) return;
    rows = await page(last.place);
  }
}

/** Phone keys mean nothing outside; a phone hash is what the user's phone makes of the number. */
function withHashes({ cipher }: BookEngine, rows: readonly Row[]): Row[] {
  const keys = rows.map(({ entry }) => entry["phone_key"]).filter((key) => key !== undefined);
  const hashes = cipher.decrypt(keys.map((key) => String(key).replaceAll("-", "")));
  let at = 0;
  return rows.map((row) => {
    const { phone_key, ...rest } = row.entry;
    if (phone_key === undefined) return row;
    const entry = { phone_hash: hashes[at], ...rest };
    at += 1;
    return { ...row, entry };
  });
}

/** The app's ids of users in place of UUIDs. */
async function withIds({ users }: BookEngine, user: User, rows: Row[]): Promise<Row[]> {
  const uuidOf = ({ part, entry }: Row) =>
    (part === "contacts" ? entry["linked_user_id"] : entry["user_id"]) as string | null;
  const isAbout = ({ part }: Row) => part === "contacts" || part === "blocked_users";
  const idOf = await users.idsOf(rows.filter(isAbout).map(uuidOf));
  return rows.map((row) => {
    if (row.part === "about") return { ...row, entry: { ...row.entry, user_id: user.id } };
    const uuid = isAbout(row) ? uuidOf(row) : null;
    if (uuid === null) return row;
    const field = row.part === "contacts" ? "linked_user_id" : "user_id";
    return { ...row, entry: { ...row.entry, [field]: idOf(uuid) } };
  });
}

/** Writes entries, which come part by part, as the fields of one object. */
class Writer {
  private readonly open = [...LISTS];
  private list: string | undefined;

  write(rows: readonly Row[]): string {
    let text = "";
    for (const { part, entry } of rows) {
      const json = JSON.stringify(entry);
      if (part === "about") text += json.slice(0, -1);
      else if (part === this.list) text += `,\n${json}`;
      else text += this.begin(part) + json;
    }
    return text;
  }

  end(): string {
    return `${this.close()}${this.open.map((name) => `,\n"${name}":[]`).join("")}}\n`;
  }

  /** Those before it that had no entry are empty. */
  private begin(part: string): string {
    const closed = this.close();
    const empty = this.open.splice(0, this.open.indexOf(part) + 1).slice(0, -1);
    this.list = part;
    return `${closed}${empty.map((name) => `,\n"${name}":[]`).join("")},\n"${part}":[\n`;
  }

  private close(): string {
    const closed = this.list === undefined ? "" : "]";
    this.list = undefined;
    return closed;
  }
}
