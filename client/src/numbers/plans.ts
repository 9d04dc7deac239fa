import { PLANS, type Region } from "./plan-data.ts";

// The numbering plans, as far as they are asked. A line of the data is a plan, with spaces between its
// fields and `d` for `\d` in patterns:
//
// 1. its region, where it has one, and its calling code, whose main region stands first
// 2. how many digits its national numbers have
// 3. a pattern of them, whatever their type
// 4. a pattern of what is dialled before a call abroad
// 5. a pattern of what may stand before a national number at home, or inside of it
// 6. what takes the place of that where it holds digits of the number
// 7. a pattern of how the region's own numbers begin, among those that share the calling code
// 8. patterns and lengths of the types of numbers, where they are told apart
// 9. a pattern of how the numbers begin that are written with a prefix in any case, such as 0; empty:
//    the main region's
//
// What is not there is empty. Nothing is read or compiled before it is needed: a book is of few
// regions, and compiling a pattern takes longer than reading a number by it.

/** A pattern of digits, in two forms. */
export class Pattern {
  readonly source: string;
  private compiledBeginning: RegExp | undefined;
  private compiledWhole: RegExp | undefined;

  constructor(packed: string) {
    this.source = packed.replace(/d/g, "\\d");
  }

  /** What digits begin with. */
  get begins(): RegExp {
    this.compiledBeginning ??= new RegExp(`^(?:${this.source})`);
    return this.compiledBeginning;
  }

  /** What digits are. */
  get whole(): RegExp {
    this.compiledWhole ??= new RegExp(`^(?:${this.source})$`);
    return this.compiledWhole;
  }
}

export interface Plan {
  /** Undefined: that of a calling code which no region has. */
  readonly region: Region | undefined;
  readonly callingCode: string;
  /** How many digits a national number may have, in order. */
  readonly lengths: readonly number[];
  /** National numbers, whatever their type. */
  readonly numbers: Pattern;
  /** What is dialled before a call abroad. */
  readonly internationalPrefix: Pattern;
  /** What may precede a national number, such as `0`, also with a carrier's code. */
  readonly nationalPrefix: Pattern | undefined;
  /** What replaces it where it holds digits of the number, such as `9$1`. */
  readonly replacement: string | undefined;
  /** How the region's own numbers begin; undefined: their types tell. */
  readonly ownNumbers: Pattern | undefined;
  /** Undefined: types are not told apart. */
  readonly types: readonly NumberType[] | undefined;
  /** How the numbers begin that are written with a prefix, such as 0, in any case. */
  readonly writtenWithPrefix: Pattern | undefined;
}

interface NumberType {
  readonly numbers: Pattern;
  readonly lengths: readonly number[];
}

let lines: Map<string, string[]> | undefined;
const plans = new Map<string, readonly Plan[]>();
const NONE: readonly Plan[] = [];

/** The plan of a region; undefined where there is no such region. */
export function planOfRegion(region: string): Plan | undefined {
  return /^[A-Z]{2}$/.test(region) ? plansOf(region)[0] : undefined;
}

/** The plans that share a calling code, the main region's first; none where there is no such code. */
export function plansOfCode(callingCode: string): readonly Plan[] {
  return /^[1-9]\d{0,2}$/.test(callingCode) ? plansOf(callingCode) : NONE;
}

function plansOf(regionOrCode: string): readonly Plan[] {
  let found = plans.get(regionOrCode);
  if (found === undefined) {
    lines ??= readLines();
    found = lines.get(regionOrCode)?.map(readPlan) ?? NONE;
    plans.set(regionOrCode, found);
  }
  return found;
}

/** The lines of each region and of each calling code. */
function readLines(): Map<string, string[]> {
  const read = new Map<string, string[]>();
  for (const line of PLANS.trim().split("\n")) {
    const name = line.slice(0, line.indexOf(" "));
    const code = name.replace(REGION, "");
    if (code !== name) read.set(name.slice(0, 2), [line]);
    const ofCode = read.get(code);
    if (ofCode === undefined) read.set(code, [line]);
    else ofCode.push(line);
  }
  return read;
}

const REGION = /^[A-Z]+/;

function readPlan(line: string): Plan {
  const [name = "", lengths = "", numbers = "", abroad = "", ...further] = line.split(" ");
  const [prefix, replacement, own, types, written] = further;
  const callingCode = name.replace(REGION, "");
  return {
    region: callingCode === name ? undefined : (name.slice(0, 2) as Region),
    callingCode,
    lengths: listOf(lengths),
    numbers: new Pattern(numbers),
    internationalPrefix: new Pattern(abroad),
    nationalPrefix: patternOf(prefix),
    replacement: replacement || undefined,
    ownNumbers: patternOf(own),
    types: types ? types.split("&").map((type) => readType(type, lengths)) : undefined,
    writtenWithPrefix: patternOf(written),
  };
}

/** `pattern@lengths`, without lengths where they are the plan's. */
function readType(text: string, ofPlan: string): NumberType {
  const [numbers = "", lengths = ""] = text.split("@");
  return { numbers: new Pattern(numbers), lengths: listOf(lengths || ofPlan) };
}

function patternOf(packed: string | undefined): Pattern | undefined {
  return packed ? new Pattern(packed) : undefined;
}

function listOf(lengths: string): readonly number[] {
  return lengths.split(",").map(Number);
}

/** Whether digits have the pattern of a plan and, where types are told apart, of one of them. */
export function isNumberOf({ numbers, types }: Plan, digits: string): boolean {
  return (
    numbers.whole.test(digits) && (types === undefined || types.some((type) => isOf(type, digits)))
  );
}

function isOf({ numbers, lengths }: NumberType, digits: string): boolean {
  return lengths.includes(digits.length) && numbers.whole.test(digits);
}

/** Whether the region writes a prefix, such as 0, before that national number in any case. */
export function isWrittenWithPrefix(plan: Plan, nationalNumber: string): boolean {
  // Those who share a calling code write alike, unless the data say otherwise.
  const { writtenWithPrefix } = plan.writtenWithPrefix
    ? plan
    : (plansOf(plan.callingCode)[0] ?? plan);
  return writtenWithPrefix?.begins.test(nationalNumber) ?? false;
}
