// What a careless or malicious caller may hand over in place of anything.

export const MEGABYTES_10 = 10 * 1024 * 1024;

/** Throws from every trap, also from those that `typeof`-like checks fall into. */
export const TRAP = new Proxy(
  {},
  {
    get: trap,
    has: trap,
    ownKeys: trap,
    getPrototypeOf: trap,
    getOwnPropertyDescriptor: trap,
  },
);

/** An array in name only: asking it anything throws a TypeError. */
export const REVOKED: never = revoked() as never;

/** Has the shape of an object whose every field throws. */
export function throwing(...fields: string[]): never {
  const object = {};
  for (const field of fields) Object.defineProperty(object, field, { enumerable: true, get: trap });
  return object as never;
}

export const UNPRINTABLE = {
  toString: trap,
  valueOf: trap,
  toJSON: trap,
  [Symbol.toPrimitive]: trap,
};

/** Passes for no text, number or list, whatever it is converted to. */
export const NO_VALUES: readonly unknown[] = [
  undefined,
  null,
  Number.NaN,
  Number.NEGATIVE_INFINITY,
  -0.5,
  10n,
  Symbol("hostile"),
  () => "text",
  class {},
  TRAP,
  UNPRINTABLE,
  true,
];

/** No UUID, though databases and lax parsers take some of them. */
export const NO_UUIDS: readonly unknown[] = [
  ...NO_VALUES,
  7,
  "",
  "me",
  "{6f1c1f0e-3c1b-4d7e-9a53-2a1d1a4a3d11}",
  "6f1c1f0e3c1b4d7e9a532a1d1a4a3d11",
  "6f1c1f0e-3c1b-4d7e-9a53-2a1d1a4a3d11 ",
  "6f1c1f0e-3c1b-4d7e-9a53-2a1d1a4a3d11\0",
  "urn:uuid:6f1c1f0e-3c1b-4d7e-9a53-2a1d1a4a3d11",
  "'; drop table contacts_with_accounts; --",
  "x".repeat(MEGABYTES_10),
  ["6f1c1f0e-3c1b-4d7e-9a53-2a1d1a4a3d11"],
  new String("6f1c1f0e-3c1b-4d7e-9a53-2a1d1a4a3d11"),
];

/** No phone hash. */
export const NO_HASHES: readonly unknown[] = [
  ...NO_VALUES,
  "",
  "+201000000001",
  "0".repeat(31),
  "0".repeat(33),
  "0".repeat(MEGABYTES_10),
  `${"0".repeat(31)}\0`,
  `${"0".repeat(31)}\ud800`,
  `${"0".repeat(31)}٠`,
  "{00000000-0000-0000-000000000000}",
  "0x000000000000000000000000000000",
  `'); delete from phones; --${"0".repeat(6)}`,
  new String("0".repeat(32)),
];

/** No whole number of at least 0 that a database's integer holds. */
export const NO_COUNTS: readonly unknown[] = [
  ...NO_VALUES,
  -1,
  1.5,
  2 ** 31,
  2 ** 53,
  Number.POSITIVE_INFINITY,
  "500",
  "1; drop table phones",
  [5],
  new Number(5),
];

/** Takes the place of options, but is none. */
export const NO_OPTIONS: readonly unknown[] = [null, "batchSize", 7, true, Symbol("x"), [], TRAP];

/** How a value is called in the name of a test. */
export function nameOf(value: unknown): string {
  if (value === TRAP) return "a proxy that throws";
  if (value === REVOKED) return "a revoked proxy";
  if (value === UNPRINTABLE) return "an object without a text";
  if (typeof value === "string") {
    return value.length > 60 ? `${value.length} characters` : JSON.stringify(value);
  }
  if (typeof value === "object" && value !== null) return "an object";
  return `${typeof value} ${String(value)}`;
}

function trap(): never {
  throw new TypeError("a trap of the caller's");
}

function revoked(): unknown {
  const { proxy, revoke } = Proxy.revocable([], {});
  revoke();
  return proxy;
}
