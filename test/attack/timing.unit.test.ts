import { randomUUID } from "node:crypto";
import { beforeEach, expect, test, vi } from "vitest";
import type { Stage } from "../../attack/lib/play.js";
import { timing } from "../../attack/play/timing.js";

type Kind = "absent" | "nobody" | "blocked" | "mutual" | "visible";

// The same chance in every run.
beforeEach(() => {
  let state = 1;
  const random = vi.spyOn(Math, "random").mockImplementation(() => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  });
  return () => random.mockRestore();
});

interface Service {
  /** Milliseconds that a call takes more than others. */
  slower?: Partial<Record<Kind, number>>;
  /** Whom the answer names. */
  names?: readonly Kind[];
  isOffered?: boolean;
}

/** A stage whose service is made up: it times and answers as a test wants it to. */
function stageOf({ slower = {}, names = ["visible"], isOffered = true }: Service): Stage {
  const kinds = new Map<string, Kind>();
  const users = new Map<number, string>();
  let spares = 0;
  const ok = (data: unknown, ms = 0) => ({
    status: 200,
    code: undefined,
    data,
    details: undefined,
    ms,
    headers: {},
  });
  const world = {
    spare: () => {
      spares += 1;
      kinds.set(`hash ${spares}`, "absent");
      return spares;
    },
    hash: (place: number) => `hash ${place}`,
    register: async (place: number, userId: string) => {
      users.set(place, userId);
      kinds.set(`hash ${place}`, "visible");
    },
  };
  const newAccount = async () => {
    const userId = randomUUID();
    const become = (kind: Kind) => {
      for (const [place, user] of users) if (user === userId) kinds.set(`hash ${place}`, kind);
    };
    const isNamed = (hash: string) => names.includes(kinds.get(hash) as Kind);
    const book = new Set<string>();
    const ask = async (_method: string, path: string, body?: { discoverable: Kind }) => {
      if (!isOffered && path.startsWith("/me")) return { ...ok(undefined), status: 404 };
      if (path === "/me/discoverability") become(body?.discoverable as Kind);
      if (path.startsWith("/me/blocks")) become("blocked");
      const contacts = [...book].map((hash) => ({
        phone_hash: hash,
        linked_user_id: isNamed(hash) ? userId : null,
      }));
      const linked_count = [...book].filter(isNamed).length;
      return ok({ contacts, linked_count, changes: [], linked_user_id: null });
    };
    return {
      userId,
      ask,
      must: async (method: string, path: string, body?: never) =>
        (await ask(method, path, body)).data,
      sync: async (hashes: readonly string[]) => {
        for (const hash of hashes) book.add(hash);
        // As a service's: mostly a little, now and then very much.
        const noise = 5 - Math.log(1 - Math.random()) / 2 + (Math.random() < 0.02 ? 50 : 0);
        const more = slower[kinds.get(hashes[0] as string) as Kind] ?? 0;
        const matches = hashes.filter(isNamed).map(() => ({ index: 0 }));
        return ok({ matches, budget: null }, noise + more);
      },
    };
  };
  return {
    world,
    newAccount,
    api: { tell: () => {} },
    stolen: undefined,
    size: "full",
  } as unknown as Stage;
}

const played = (service: Service) => timing.play(stageOf(service));

test("a service that answers alike, and as fast, gives nothing away", async () => {
  const { state, gain, figures, verdict } = await played({});
  expect({ state, gain, figures }).toMatchObject({
    state: "played",
    gain: "nothing",
    figures: { content: [], calls: 40 * 5 * (16 + 16 + 6) },
  });
  expect(verdict).toContain("have the same answer");
});

test("a fifth of a millisecond is told, whoever costs it", async () => {
  for (const kind of ["nobody", "blocked", "mutual"] as const) {
    const { gain, verdict } = await played({ slower: { [kind]: 0.2 } });
    expect(gain).toBe("open");
    expect(verdict).toContain(`${kind} against absent is told by time`);
  }
});

test("somebody whom all may find may take longer: the answer names them anyway", async () => {
  const { gain, verdict } = await played({ slower: { visible: 1 } });
  expect(gain).toBe("nothing");
  expect(verdict).toContain("does tell somebody whom all may find");
});

test("an answer that names somebody hidden is a leak, in every answer that does", async () => {
  const { gain, verdict, figures } = await played({ names: ["visible", "mutual"] });
  expect(gain).toBe("open");
  expect(verdict).toContain("THE ANSWER ITSELF TELLS");
  expect(figures?.["content"]).toEqual([
    "mutual in sync",
    "mutual in list",
    "mutual in the list of linked ones",
    "somebody in summary",
  ]);
});

test("what a version does not offer is no failure", async () => {
  expect(await played({ isOffered: false })).toMatchObject({ state: "not offered", gain: "open" });
});
