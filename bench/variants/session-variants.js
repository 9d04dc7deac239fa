import pg from "pg";
import { bookOf } from "../sync/books.js";
import { claimsOf, syncBy, syncQuery } from "./variant.js";

const SMALL_BOOK = 100;

/**
 * Changes of the session that calls.
 *
 * @param {{ connectionString: string, directory: number }} database
 * @returns {readonly import("./function-variants.js").FunctionVariant[]}
 */
export function sessionVariants({ connectionString, directory }) {
  return [
    {
      id: "async-commit",
      title: "synchronous_commit = off",
      change: "The commit does not wait until its log is on the disk: what that wait costs.",
      open: async (environment) => withAsyncCommit(environment),
    },
    {
      id: "new-session",
      title: "connection just opened",
      change:
        "The call is the first one of its connection, which has no catalogue, no plans and no pages yet.",
      open: async ({ schema }) => inNewSession({ connectionString, schema }),
    },
    {
      id: "first-touch",
      title: "pages not touched before",
      change:
        "A connection that was just opened and has its plans: it touches pages of shared memory for the first time.",
      open: async ({ schema }) =>
        inNewSession({ connectionString, schema }, (client) =>
          makePlans(client, schema, directory),
        ),
    },
  ];
}

function withAsyncCommit(environment) {
  const { pool } = environment;
  const side = syncBy(environment);
  return {
    prepare: (list) => ({
      ...side.prepare(list),
      begin: () => pool.query("set synchronous_commit = off"),
      async end() {
        await pool.query("reset synchronous_commit");
        // Or the next commit would wait for this one's log as well.
        await pool.query("select pg_logical_emit_message(true, 'bench', '')");
      },
    }),
  };
}

function inNewSession({ connectionString, schema }, ready = async () => {}) {
  return {
    prepare(list) {
      const query = syncQuery(schema, list);
      const client = new pg.Client({ connectionString });
      client.on("error", () => {}); // reported by the query that meets it
      return {
        ownSession: true,
        async begin() {
          await client.connect();
          await ready(client);
        },
        run: async () => claimsOf((await client.query(query)).rows[0]),
        end: () => client.end(),
      };
    },
  };
}

/** Leaves nothing behind but plans. */
async function makePlans(client, schema, directory) {
  const { book } = bookOf(0, SMALL_BOOK, directory);
  const query = syncQuery(schema, { ...book, ownerId: NOBODY });
  await client.query("begin");
  await client.query(query);
  await client.query(query);
  await client.query("rollback");
}

const NOBODY = "00000000-0000-4000-8000-000000000000";
