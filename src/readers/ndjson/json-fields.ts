import { unreadableFile } from "../text/unreadable-file.ts";

/** The fields of one line's JSON object, under any of their spellings. */
export class JsonFields {
  readonly #object: Readonly<Record<string, unknown>>;
  readonly #line: number;

  /** @throws ContactSyncError `UNREADABLE_FILE` where the value is no object */
  constructor(value: unknown, line: number) {
    this.#object = objectOf(value, line);
    this.#line = line;
  }

  /** A text, null, or nothing. */
  text(...names: string[]): string | null | undefined {
    const [name, value] = this.#find(names);
    if (value === undefined || value === null || typeof value === "string") {
      return value;
    }
    throw unreadableFile(`The field "${name}" must be a text.`, this.#line);
  }

  /** True, false, null, or nothing. */
  flag(...names: string[]): boolean | null | undefined {
    const [name, value] = this.#find(names);
    if (value === undefined || value === null || typeof value === "boolean") {
      return value;
    }
    throw unreadableFile(`The field "${name}" must be true or false.`, this.#line);
  }

  /** A phone number, also one that a program wrote as a JSON number. */
  phone(): string | null | undefined {
    const names = ["phone", "phone_number", "phoneNumber", "number"];
    const [, value] = this.#find(names);
    return digitsOf(value) ?? this.text(...names);
  }

  /** What the app calls a user, also where a program wrote a number as one. */
  id(...names: string[]): string | null | undefined {
    const [, value] = this.#find(names);
    return digitsOf(value) ?? this.text(...names);
  }

  #find(names: string[]): [string, unknown] {
    const name = names.find((candidate) => Object.hasOwn(this.#object, candidate)) ?? "";
    return [name, name === "" ? undefined : this.#object[name]];
  }
}

/** @throws ContactSyncError `UNREADABLE_FILE` where a line's value is no object */
export function objectOf(value: unknown, line: number): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw unreadableFile("The value is not a JSON object.", line);
  }
  return value as Record<string, unknown>;
}

/** The digits of what a program wrote as a JSON number; a phone number then has no `+`. */
export function digitsOf(value: unknown): string | undefined {
  return Number.isSafeInteger(value) && (value as number) >= 0 ? String(value) : undefined;
}
