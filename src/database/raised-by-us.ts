import type { ErrorCode } from "@contact-sync/client";
import { ERRORS } from "@contact-sync/client/errors";
import type { DatabaseFault } from "./troubles.ts";

/** What one of our functions said of a fault. */
export interface OwnFault {
  readonly text: string;
  readonly position?: number | undefined;
  readonly figures?: Readonly<Record<string, number>> | undefined;
}

// The functions of ours that raise errors and do not begin with contact_sync_.
const PUBLIC_FUNCTIONS = [
  "apply_contact_sync_grants",
  "bulk_insert_contacts",
  "clean_up_contact_sync",
  "estimate_sync_performance",
  "export_user",
  "forget_phone",
  "get_optimal_batch_size",
  "link_phone",
  "link_phones",
  "record_contact_interaction",
  "unlink_phones",
  "use_unsealed",
];

// `PL/pgSQL function public.contact_sync_require(text) line 9 at RAISE`: the server's language
// words the rest of it, but not the signature.
const OUR_FUNCTION = new RegExp(
  `(?<![A-Za-z0-9_$])(?:contact_sync_[a-z_]+|${PUBLIC_FUNCTIONS.join("|")})\\(`,
);

// The guards of the migrations are blocks that nothing else has called.
const GUARD = /^[^\n]*\binline_code_block\b[^\n]*$/;

/** The figures that the DETAIL of our errors has, as JSON, beside the position of the item at fault. */
const FIGURES = [
  "contacts_count",
  "later_limit",
  "later_limit_seconds",
  "limit",
  "max",
  "min",
  "new_numbers",
  "received",
  "rejected_numbers",
  "remaining",
  "reset",
  "retry_after_seconds",
  "would_remove",
] as const;

/**
 * What a fault with the SQLSTATE of one of our codes says; undefined: somebody else raised it, as a
 * trigger of their own on our tables can, and it may say anything. Without a context nobody can
 * tell, so it says no more than its code does.
 */
export function readOwnFault(code: ErrorCode, fault: DatabaseFault): OwnFault | undefined {
  const { where, message, hint } = fault;
  if (where === undefined) return { text: ERRORS[code].title };
  if (!isOurs(where)) return undefined;
  return { text: hint === undefined ? message : `${message}. ${hint}`, ...readFigures(fault) };
}

/** The first line of a context names what raised it, the lines below it who called that. */
function isOurs(where: string): boolean {
  const [raisedIn = ""] = where.split("\n", 1);
  return OUR_FUNCTION.test(raisedIn) || GUARD.test(where);
}

/** By name and only what can be a figure of ours: whole, not negative, and exact in JSON. */
function readFigures({ detail }: DatabaseFault): Pick<OwnFault, "position" | "figures"> {
  const said = parsed(detail);
  const read = (name: string) => {
    const value = Object.hasOwn(said, name) ? said[name] : undefined;
    return Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : undefined;
  };
  const figures: Record<string, number> = {};
  for (const name of FIGURES) {
    const value = read(name);
    if (value !== undefined) figures[name] = value;
  }
  return {
    position: read("position"),
    figures: Object.keys(figures).length === 0 ? undefined : figures,
  };
}

function parsed(detail = "{}"): Record<string, unknown> {
  try {
    return Object(JSON.parse(detail));
  } catch {
    return {};
  }
}
