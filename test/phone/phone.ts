import type {
  DeviceContact,
  FriendFinder,
  FriendFinderOptions,
  TextStorage,
} from "@contact-sync/client";
import { createFriendFinderWith } from "../../client/src/sync/create-friend-finder.ts";
import { inTurn, type Platform } from "../../client/src/sync/platform.ts";
import type { OpenApp } from "../http/support.ts";

/** What went over the wire. */
export interface Sent {
  readonly method: string;
  /** Behind `/api/v1/contacts`. */
  readonly path: string;
  readonly body: Record<string, unknown> | undefined;
  readonly status: number;
}

/** The network of a phone in a test. */
export interface Network {
  readonly fetch: typeof globalThis.fetch;
  readonly sent: Sent[];
  /** Called with each request: what it throws is a lost connection, and what it answers is the answer. */
  before: (url: URL, init: RequestInit) => Response | undefined | Promise<Response | undefined>;
  /** Likewise once the service has answered. */
  after: (url: URL, response: Response) => Response | Promise<Response>;
}

function networkTo(app: OpenApp): Network {
  const network: Network = {
    sent: [],
    before: () => undefined,
    after: (_, response) => response,
    fetch: async (input, init = {}) => {
      const url = new URL(String(input));
      const method = (init.method ?? "GET") as "GET";
      const early = await network.before(url, init);
      const answer = early ?? (await injected(app, method, url, init));
      network.sent.push({
        method,
        path: url.pathname.replace("/api/v1/contacts", "") + url.search,
        body: init.body ? JSON.parse(init.body as string) : undefined,
        status: answer.status,
      });
      return network.after(url, answer);
    },
  };
  return network;
}

async function injected(app: OpenApp, method: "GET", url: URL, init: RequestInit) {
  const { statusCode, body, headers } = await app.app.inject({
    method,
    url: url.pathname + url.search,
    headers: init.headers as Record<string, string>,
    ...(init.body ? { payload: init.body as string } : {}),
  });
  return new Response(body, { status: statusCode, headers: headers as Record<string, string> });
}

export function memoryStorage(): TextStorage & { readonly texts: Map<string, string> } {
  const texts = new Map<string, string>();
  return {
    texts,
    getItem: async (name) => texts.get(name) ?? null,
    setItem: async (name, text) => void texts.set(name, text),
    removeItem: async (name) => void texts.delete(name),
  };
}

export interface Phone {
  readonly finder: FriendFinder;
  readonly network: Network;
  readonly storage: ReturnType<typeof memoryStorage>;
  /** What it has waited for, in milliseconds; nothing waits really. */
  readonly waited: number[];
  /** How it waits: by default, it notes how long. */
  sleep: Platform["sleep"];
  /** The clock: it stands still unless a test sets it. */
  clock: number;
}

/** A phone with the app. With `storage` it is the same one after the app was ended. */
export function createPhone(
  app: OpenApp,
  getToken: FriendFinderOptions["getToken"],
  options: Partial<FriendFinderOptions> & { storage?: ReturnType<typeof memoryStorage> } = {},
): Phone {
  const network = networkTo(app);
  const storage = options.storage ?? memoryStorage();
  const waited: number[] = [];
  const platform: Platform = {
    fetch: network.fetch,
    now: () => phone.clock,
    sleep: (milliseconds, signal) => phone.sleep(milliseconds, signal),
    random: Math.random,
    exclusively: inTurn,
  };
  const finder = createFriendFinderWith(
    { url: "https://contacts.example", getToken, region: "EG", ...options, storage },
    platform,
  );
  const phone: Phone = {
    finder,
    network,
    storage,
    waited,
    sleep: async (milliseconds) => void waited.push(milliseconds),
    clock: Date.now(),
  };
  return phone;
}

/** A card for each number. */
export function cards(numbers: readonly string[]): DeviceContact[] {
  return numbers.map((number) => ({
    id: `card ${number}`,
    name: `Name of ${number}`,
    phoneNumbers: [number],
  }));
}
