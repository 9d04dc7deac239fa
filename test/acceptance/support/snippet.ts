import { format } from "node:util";

/** What a snippet of the guide finds around it: the names it takes for granted. */
export type Surroundings = Readonly<Record<string, unknown>>;

/** One call that a snippet made of `ContactsWithAccounts`. */
export interface Call {
  readonly name: string;
  readonly values: readonly unknown[];
  /** What it returned, or … */
  readonly result?: unknown;
  /** … what it threw. */
  readonly error?: unknown;
}

/** The names that the guide's snippets declare. */
export interface Declared {
  readonly batchSize?: unknown;
  readonly optimalSize?: unknown;
  readonly result?: unknown;
  readonly stats?: unknown;
  readonly estimate?: unknown;
}

export interface Outcome {
  readonly calls: Call[];
  /** What the snippet wrote to the console, formatted as the console would. */
  readonly logged: string[];
  readonly warned: string[];
  /** The arguments of the console's calls as they were. */
  readonly loggedValues: unknown[][];
  /** How long the snippet wanted to wait, in milliseconds. */
  readonly waits: number[];
  /** The names it declared, with their values; empty where it threw. */
  readonly declared: Declared;
  /** What it threw, if it did. */
  readonly error?: unknown;
}

const AsyncFunction = (async () => {}).constructor as new (
  ...parameters: string[]
) => (...values: unknown[]) => Promise<Declared>;

const DECLARATION = /^(?:const|let) (\w+)/;

/**
 * Cuts a snippet where it would declare a name a second time. The guide shows alternatives one
 * below the other (`const batchSize` three times), which are no program together; every line stays
 * as it is and in its order.
 */
export function scopesOf(code: string): string[] {
  const scopes: string[][] = [[]];
  let declared = new Set<string>();
  for (const line of code.split("\n")) {
    const name = DECLARATION.exec(line)?.[1];
    if (name !== undefined && declared.has(name)) {
      scopes.push([]);
      declared = new Set();
    }
    if (name !== undefined) declared.add(name);
    scopes.at(-1)?.push(line);
  }
  return scopes.map((lines) => lines.join("\n"));
}

/**
 * Runs one scope as it is written, in a scope of its own. What it declares at its top is returned
 * by a line added after it. Waiting is noted and not done.
 */
export async function runScope(
  code: string,
  contactsWithAccounts: object,
  surroundings: Surroundings,
): Promise<Outcome> {
  const calls: Call[] = [];
  const loggedValues: unknown[][] = [];
  const warned: string[] = [];
  const waits: number[] = [];
  const names: Surroundings = {
    ContactsWithAccounts: recording(contactsWithAccounts, calls),
    console: {
      log: (...values: unknown[]) => loggedValues.push(values),
      warn: (...values: unknown[]) => warned.push(format(...values)),
    },
    setTimeout: (done: () => void, milliseconds: number) => {
      waits.push(milliseconds);
      setImmediate(done);
    },
    ...surroundings,
  };
  const own = code.split("\n").flatMap((line) => DECLARATION.exec(line)?.[1] ?? []);
  // A name that the snippet declares is the snippet's, so it gets none of ours.
  const given = Object.entries(names).filter(([name]) => !own.includes(name));
  const run = new AsyncFunction(
    ...given.map(([name]) => name),
    `"use strict";\n${code}\nreturn { ${own.join(", ")} };`,
  );
  const outcome = { calls, loggedValues, warned, waits };
  const logged = () => loggedValues.map((values) => format(...values));
  try {
    const declared = await run(...given.map(([, value]) => value));
    return { ...outcome, logged: logged(), declared };
  } catch (error) {
    return { ...outcome, logged: logged(), declared: {}, error };
  }
}

/** The same object, with a note of each call. */
function recording(target: object, calls: Call[]): object {
  return new Proxy(target, {
    get(object, name) {
      const method = Reflect.get(object, name);
      if (typeof method !== "function") return method;
      return async (...values: unknown[]) => {
        try {
          const result = await method(...values);
          calls.push({ name: String(name), values, result });
          return result;
        } catch (error) {
          calls.push({ name: String(name), values, error });
          throw error;
        }
      };
    },
  });
}
