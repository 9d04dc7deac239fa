import {
  type Explanation,
  type OptionNames,
  REJECTION_REASONS,
  readOptions,
} from "@contact-sync/client";
import { tryReadPhone } from "../directory/read-phone.ts";
import type { Engine } from "../engine/engine.ts";

interface ExplainOptions {
  /** Where national numbers are dialled; default the engine's. */
  readonly defaultRegion?: string | undefined;
}

type Step = Explanation["steps"][number];

const OPTIONS: OptionNames<ExplainOptions> = { defaultRegion: true };

/** What can't be asked of a number that nobody can read. */
const AFTER_READING: readonly Step["step"][] = [
  "not_forgotten",
  "in_directory",
  "not_own_number",
  "not_blocked",
  "discoverable",
  "in_book",
  "linked",
  "not_held",
];

interface ExplainedStep extends Step {
  readonly found_user_id: string | null;
  readonly is_seen: boolean;
}

/**
 * Why a user sees, or does not see, who has a number: what decides it, one thing after the other.
 *
 * @param phone in any notation, or a phone hash
 */
export async function explain(
  engine: Engine,
  userId: string,
  phone: string,
  givenOptions?: ExplainOptions,
): Promise<Explanation> {
  const { defaultRegion = engine.defaultRegion } = readOptions(givenOptions, OPTIONS);
  const { uuid: ownerId } = engine.users.of(userId, "userId");
  const read = tryReadPhone(phone, { defaultRegion });
  if (!read.ok) {
    const steps = AFTER_READING.map((step) => ({
      step,
      outcome: "unknown" as const,
      detail: "Nothing is known of a number that can't be read.",
    }));
    const detail = `It can't be read (${read.reason}). ${REJECTION_REASONS[read.reason]}`;
    return {
      seen: false,
      found_user_id: null,
      steps: [{ step: "readable", outcome: "no", detail }, ...steps],
    };
  }
  const rows = await engine.forOwner(ownerId, ({ sql, cipher }) =>
    sql.callForRows<ExplainedStep>("explain_contact", [
      ownerId,
      cipher.encrypt([read.phoneHash])[0],
    ]),
  );
  const found = rows[0]?.found_user_id ?? null;
  const idOf = await engine.users.idsOf([found]);
  return {
    seen: rows[0]?.is_seen ?? false,
    found_user_id: found === null ? null : idOf(found),
    steps: [
      { step: "readable", outcome: "yes", detail: "The number could be read." },
      ...rows.map(({ step, outcome, detail }) => ({ step, outcome, detail })),
    ],
  };
}
