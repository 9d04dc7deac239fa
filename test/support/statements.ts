import pg from "pg";

/**
 * Runs the statements of a text one by one, on a connection of their own: what changes policies and
 * row-level security, and what stands on a change before it, a Citus cluster does not take in one
 * message.
 */
export async function runEach(connectionString: string, text: string): Promise<void> {
  const client = new pg.Client({ connectionString });
  client.on("error", () => {});
  await client.connect();
  try {
    for (const statement of statementsOf(text)) await client.query(statement);
  } finally {
    await client.end();
  }
}

/** Split at the semicolons that stand in no string. */
function statementsOf(text: string): string[] {
  const parts = text.match(/(?:\$\$[\s\S]*?\$\$|'[^']*'|[^;'])+/g) ?? [];
  return parts.map((part) => part.trim()).filter((part) => part !== "");
}
