/**
 * Changes of the engine's functions: pieces of their text, each there once, and what stands in their
 * place. The keys are the functions.
 *
 * @typedef {object} Edits
 * @property {[from: string, to: string][]} [contact_sync_merge]
 * @property {[from: string, to: string][]} [sync_phone_keys]
 */

const MERGE = "contact_sync_merge";
const SYNC = "sync_phone_keys";

/**
 * Puts a changed copy of the sync beside the one as it stands, on the same tables.
 *
 * @param {import("./variant.js").Environment} environment
 * @param {string} id the variant's
 * @param {Edits} edits
 * @returns {Promise<string>} the name of the function that takes the place of sync_phone_keys()
 */
export async function copyEngine(environment, id, edits) {
  const suffix = `_${id.replaceAll("-", "_")}`;
  await copyFunction(environment, MERGE, `${MERGE}${suffix}`, edits[MERGE] ?? []);
  await copyFunction(environment, SYNC, `${SYNC}${suffix}`, [
    ...(edits[SYNC] ?? []),
    [`${MERGE}(`, `${MERGE}${suffix}(`],
  ]);
  return `${SYNC}${suffix}`;
}

async function copyFunction({ pool, schema }, name, copy, edits) {
  const { rows } = await pool.query("select pg_get_functiondef($1::regproc) as text", [
    `${schema}.${name}`,
  ]);
  const renamed = [`FUNCTION ${schema}.${name}(`, `FUNCTION ${schema}.${copy}(`];
  const text = [renamed, ...edits].reduce(
    (given, [from, to]) => replaceOnce(given, from, to, name),
    rows[0].text,
  );
  await pool.query(text);
}

/** The function may have changed since: then a copy would measure nothing, or something else. */
function replaceOnce(text, from, to, name) {
  const pieces = text.split(from);
  if (pieces.length === 2) return pieces.join(to);
  throw new Error(`${name}() has ${pieces.length - 1} times, not once: ${from}`);
}
