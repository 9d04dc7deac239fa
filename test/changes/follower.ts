import type pg from "pg";

type Client = Pick<pg.ClientBase, "query">;

/** Somebody who follows an owner's changes by list_contact_changes(), as docs/sql.md says. */
export class Follower {
  readonly #ownerId: string;
  readonly #known = new Map<string, string | null>();
  #cursor: string;

  private constructor(ownerId: string, cursor: string) {
    this.#ownerId = ownerId;
    this.#cursor = cursor;
  }

  /** Takes a cursor, and then reads the book. */
  static async begin(client: Client, ownerId: string): Promise<Follower> {
    const { rows: present } = await client.query(
      "select changes_cursor from list_contact_changes($1)",
      [ownerId],
    );
    const follower = new Follower(ownerId, present[0].changes_cursor);
    const { rows: listed } = await client.query(
      "select phone_key, linked_user_id from list_contacts($1, 1000)",
      [ownerId],
    );
    for (const { phone_key, linked_user_id } of listed) {
      follower.#known.set(phone_key.replaceAll("-", ""), linked_user_id);
    }
    return follower;
  }

  /** Asks once; true if there is more. */
  async poll(client: Client, limit: number): Promise<boolean> {
    const { rows } = await client.query("select * from list_contact_changes($1, $2, $3)", [
      this.#ownerId,
      this.#cursor,
      limit,
    ]);
    const [answer] = rows;
    if (answer.is_reset) this.#known.clear();
    answer.changed_phone_hashes.forEach((hash: string, place: number) => {
      this.#known.set(hash, answer.changed_user_ids[place]);
    });
    this.#cursor = answer.changes_cursor;
    return answer.has_more;
  }

  async pollToTheEnd(client: Client, limit: number): Promise<void> {
    while (await this.poll(client, limit));
  }

  /** Who is linked, as far as the follower knows. */
  linked(): Record<string, string> {
    return Object.fromEntries(
      [...this.#known].filter((entry): entry is [string, string] => entry[1] !== null),
    );
  }
}
