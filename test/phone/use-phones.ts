import { randomUUID } from "node:crypto";
import type { FriendFinderOptions, Reading } from "@contact-sync/client";
import { beforeAll } from "vitest";
import { type ContactsWithAccounts, createContactSync } from "../../src/index.ts";
import { type AppOverrides, type OpenApp, useApp } from "../http/support.ts";
import { TEST_KEY } from "../support/key.ts";
import type { PostgresUnderTest } from "../support/postgres.ts";
import { numberOf } from "../support/use-contact-sync.ts";
import { cards, createPhone, type memoryStorage, type Phone } from "./phone.ts";

type PhoneOptions = Partial<FriendFinderOptions> & { storage?: ReturnType<typeof memoryStorage> };

/** A service, and people with phones. Each suite has numbers of its own. */
export interface Phones {
  readonly app: OpenApp;
  readonly library: ContactsWithAccounts;
  /** A phone of a user; a new one where none is named. */
  phone(userId?: string, options?: PhoneOptions): Promise<Phone & { readonly userId: string }>;
  /** Somebody gets an account with the number `n`. */
  join(n: number, userId?: string): Promise<string>;
  leave(n: number): Promise<void>;
}

export function usePhones(server: PostgresUnderTest, overrides: AppOverrides = {}): () => Phones {
  const app = useApp(server, overrides);
  let library: ContactsWithAccounts;
  beforeAll(async () => {
    library = await createContactSync({ database: app().pool, key: TEST_KEY });
  });
  return () => ({
    app: app(),
    library,
    async phone(userId = randomUUID(), options = {}) {
      const token = await app().userToken(userId);
      return Object.assign(
        createPhone(app(), () => token, options),
        { userId },
      );
    },
    async join(n, userId = randomUUID()) {
      await library.link(userId, numberOf(n));
      return userId;
    },
    async leave(n) {
      await library.unlink(numberOf(n));
    },
  });
}

/** An address book of the numbers `n`, one a card. */
export const book = (...ns: readonly number[]) => cards(ns.map(numberOf));

/** What was asked, without bodies. */
export const asked = ({ network }: Phone) =>
  network.sent.map(({ method, path }) => `${method} ${path.replace(/[?/](since=|cursor=).*/, "")}`);

/** A book of which the app may read some. */
export const part = (...ns: readonly number[]) => ({
  name: "part",
  read: async (): Promise<Reading> => ({
    access: "partial",
    pages: (async function* () {
      yield book(...ns);
    })(),
  }),
});

/** A book whose reading breaks off behind these. */
export const broken = (...ns: readonly number[]) => ({
  name: "broken",
  read: async (): Promise<Reading> => ({
    access: "full",
    pages: (async function* () {
      yield book(...ns);
      throw new Error("the reader went away");
    })(),
  }),
});

export const denied = {
  name: "denied",
  read: async (): Promise<Reading> => ({
    access: "none",
    canAskAgain: true,
    pages: (async function* () {})(),
  }),
};
