import { totalmem } from "node:os";
import pg from "pg";

const MOST_SHARED_BUFFERS_MB = 4_096;

// What a server of this size would have. A checkpoint in the middle of a round would fall on
// whoever is being measured, and the pages written for the first time after it are logged whole.
const SETTINGS = {
  shared_buffers: `${Math.min(MOST_SHARED_BUFFERS_MB, Math.round(totalmem() / 4 / 2 ** 20))}MB`,
  max_wal_size: "16GB",
  checkpoint_timeout: "30min",
};

const REPORTED = [
  ...Object.keys(SETTINGS),
  "synchronous_commit",
  "fsync",
  "full_page_writes",
  "wal_level",
  "wal_compression",
  "data_checksums",
  "effective_cache_size",
  "random_page_cost",
  "work_mem",
  "jit",
  "huge_pages_status",
];

/**
 * Sets a server of our own to what one in production would have. They hold from its next start.
 *
 * @param {string} connectionString a superuser's
 */
export function tuneServer(connectionString) {
  return withClient(connectionString, async (client) => {
    for (const [name, value] of Object.entries(SETTINGS)) {
      await client.query(`alter system set ${name} = '${value}'`);
    }
  });
}

/**
 * What figures depend on besides the machine: the version, settings as SHOW has them, and whether
 * the server compiles statements (JIT): then it has LLVM, which the embedded one lacks.
 *
 * @param {string} connectionString
 * @returns {Promise<Record<string, string>>}
 */
export function describeServer(connectionString) {
  return withClient(connectionString, async (client) => {
    const { rows } = await client.query(
      `select name, current_setting(name) as value
         from pg_settings
        where name = any ($1)
        order by array_position($1, name)`,
      [REPORTED],
    );
    const { rows: versions } = await client.query(
      "select version(), case when pg_jit_available() then 'yes' else 'no' end as compiles",
    );
    return {
      ...versions[0],
      ...Object.fromEntries(rows.map(({ name, value }) => [name, value])),
    };
  });
}

/**
 * @template Result
 * @param {string} connectionString
 * @param {(client: pg.Client) => Promise<Result>} work
 * @returns {Promise<Result>}
 */
async function withClient(connectionString, work) {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
