import type { Friend, SyncOutcome } from "../../client/src/sync/friend-finder.ts";
import { hashOf, numberOf } from "./address-book.ts";
import { CALM } from "./faults.ts";
import type { Owner } from "./owner.ts";
import type { Phone } from "./phone.ts";
import type { Holdings } from "./service.ts";
import type { World } from "./world.ts";

/** Rounds of all phones until nobody has anything to say any more. */
const ROUNDS = 6;
const HOUR_MS = 3_600_000;

/** Ends all faults, lets every phone sync until nothing is new, and looks at what has come of it. */
export async function settle(world: World): Promise<void> {
  const { random, schedule, service, phones } = world;
  world.weather = CALM;
  await service.start();
  await service.setBudget(0);
  while (await schedule.step());
  for (const phone of phones) {
    if (random.chance(0.5)) world.kill(phone);
    phone.clockAhead = 0;
    if (phone.token === "gone") phone.token = "good";
    phone.access = random.chance(0.9) ? "full" : "limited";
  }
  // Whoever was told to wait has waited, and a phone that was off comes back.
  schedule.now += 48 * HOUR_MS;
  const last = new Map<Phone, SyncOutcome>();
  for (let round = 1; round <= ROUNDS && world.faults.length === 0; round += 1) {
    let isQuiet = true;
    for (const phone of phones) {
      const before = phone.record.requests.length;
      const outcome = await finished(world, world.sync(phone));
      if (outcome === null) throw new Error("a sync without faults failed");
      last.set(phone, outcome);
      const requests = phone.record.requests.slice(before);
      if (isNothing(phone, outcome, requests)) continue;
      isQuiet = false;
      if (round === ROUNDS) {
        world.fault(
          `${phone.record.name}: round ${round} still asks ${requests.join(", ")} (${outcome.plan}, access ${outcome.access}, waiting ${outcome.waiting?.numbers}, removal ${outcome.removal?.wouldRemove}, offline ${outcome.offline})`,
        );
      }
    }
    world.count("rounds until all was quiet");
    if (isQuiet) break;
  }
  if (world.faults.length > 0) return;
  for (const phone of phones) checkFriends(world, phone, last.get(phone) as SyncOutcome);
  for (const owner of world.owners) await checkBook(world, owner);
}

/** Lets all that is pending go on until a call has ended. */
async function finished<Result>(world: World, call: Promise<Result>): Promise<Result> {
  let isDone = false;
  const done = call.finally(() => {
    isDone = true;
  });
  await world.schedule.settled();
  while (!isDone && (await world.schedule.step())) await world.schedule.settled();
  return done;
}

/** One request, which says that nothing has changed. */
function isNothing({ record }: Phone, outcome: SyncOutcome, requests: readonly string[]): boolean {
  if (outcome.joined.length + outcome.left.length > 0 || outcome.waiting || outcome.removal) {
    return false;
  }
  const isPartial = record.partial.size > 0 && requests.join() === "nothing,changes";
  return outcome.access === "full"
    ? requests.join() === "nothing" || isPartial
    : requests.every((kind) => ["changes", "list", "nothing", "merge"].includes(kind));
}

function checkFriends(world: World, phone: Phone, { friends }: SyncOutcome): void {
  const { record, book } = phone;
  const isFull = phone.access === "full";
  const { cards } = phone.look();
  const ids = new Set(cards.map(({ id }) => id));
  const numbers = book.numbers(ids);
  const expected = world.people.foundBy(phone.userId, numbers);
  const shown = new Map(friends.map((friend) => [friend.userId, friend]));
  for (const [userId, found] of expected) {
    const friend = shown.get(userId);
    const right = [...new Set(found.flatMap((n) => book.cardsWith(n)))].filter((id) => ids.has(id));
    if (friend === undefined)
      world.fault(`${record.name}: does not show ${userId}, who has ${found}`);
    else if (JSON.stringify(cardsOf(friend)) !== JSON.stringify(right.sort())) {
      world.fault(`${record.name}: shows ${userId} on ${cardsOf(friend)}, not on ${right}`);
    }
  }
  for (const userId of shown.keys()) {
    if (expected.has(userId)) continue;
    // Of what it has sent before, those whom the app may not read at this time.
    const hashes = isFull ? new Set<string>() : record.everSent;
    const isOfPartial = [...world.people.directory].some(
      ([n, user]) => user === userId && hashes.has(hashOf(n)),
    );
    if (!isOfPartial) world.fault(`${record.name}: shows ${userId}, who is not in its book`);
  }
}

function cardsOf({ contacts }: Friend): string[] {
  return [...new Set(contacts.map(({ id }) => id))].sort();
}

async function checkBook(world: World, owner: Owner): Promise<void> {
  const holdings = await world.service.holdings(owner.userId);
  const name = owner.userId.slice(0, 8);
  const live = world.phones.filter(({ userId }) => userId === owner.userId);
  const all = new Set([...holdings.values()].flatMap((held) => [...held]));
  await checkList(world, owner, all);
  const expected = new Set<string>();
  for (const phone of live) {
    const seen = phone.look().cards.map(({ id }) => id);
    const hashes = [...phone.book.numbers(seen)].map(hashOf);
    if (phone.access === "full") {
      for (const hash of hashes) expected.add(hash);
      const { deviceId } = phone.record;
      const held = (deviceId && holdings.get(deviceId)) || new Set<string>();
      compare(world, `${phone.record.name}: its device's set`, held, new Set(hashes));
    } else {
      for (const hash of hashes) {
        if (!all.has(hash) && !owner.everDeleted.has(hash) && !owner.maybeLost.has(hash)) {
          world.fault(`${phone.record.name}: what it may read is not in the book: ${spelt(hash)}`);
        }
      }
      for (const hash of phone.record.partial) expected.add(hash);
    }
  }
  checkUnnamed(world, owner, holdings, expected);
  // The devices before are forgotten once all is in, which a part of the book never is.
  const current = new Set(
    live.flatMap(({ record, access }) =>
      access === "full" ? [record.deviceId] : [...record.deviceIds],
    ),
  );
  for (const deviceId of holdings.keys()) {
    if (deviceId === null || current.has(deviceId)) continue;
    if (!owner.everDevices.has(deviceId)) world.fault(`${name}: nobody has made ${deviceId}`);
    if (!owner.leftDevices.has(deviceId)) {
      world.fault(`${name}: device ${deviceId} is nobody's any more`);
    }
  }
}

/** The book as its owner lists it: all that somebody holds, linked as the directory says. */
async function checkList({ service, people, fault }: World, owner: Owner, all: Set<string>) {
  const linked = new Map<string, string>();
  for (const [n, userId] of people.directory) {
    if (userId !== owner.userId) linked.set(hashOf(n), userId);
  }
  const listed = await service.list(owner.userId);
  const rows = (entries: Iterable<readonly [string, string | null]>) =>
    JSON.stringify([...entries].map(([hash, user]) => `${hash} ${user}`).sort());
  const expected = [...all].map((hash) => [hash, linked.get(hash) ?? null] as const);
  if (rows(listed) !== rows(expected)) fault(`${owner.userId.slice(0, 8)}: lists another book`);
}

/** What no device holds was sent under partial access, and is there still or was not forgotten. */
function checkUnnamed(
  world: World,
  owner: Owner,
  holdings: Holdings,
  expected: ReadonlySet<string>,
): void {
  for (const hash of holdings.get(null) ?? []) {
    const isRight = expected.has(hash) || owner.leftHashes.has(hash);
    if (!isRight) {
      world.fault(`${owner.userId.slice(0, 8)}: nobody has ${spelt(hash)}, which no device holds`);
    }
  }
}

function compare(
  world: World,
  what: string,
  actual: ReadonlySet<string>,
  expected: ReadonlySet<string>,
): void {
  const missing = [...expected].filter((hash) => !actual.has(hash)).map(spelt);
  const surplus = [...actual].filter((hash) => !expected.has(hash)).map(spelt);
  if (missing.length + surplus.length === 0) return;
  world.fault(`${what} lacks ${missing.slice(0, 5)} and has too much: ${surplus.slice(0, 5)}`);
}

function spelt(hash: string): string {
  for (let n = 0; n < 20_000; n += 1) if (hashOf(n) === hash) return `number ${n}`;
  return hash;
}

/** What may be a hash or a number, and is no part of a fraction. */
const WORDS = /([0-9a-f]{32})|(?<![\d.])(?:\+?20|0)(10\d{8})(?!\d)/g;

/** Nothing that the service writes down names anybody's number. */
export function checkLog(world: World): void {
  const hashes = new Set(Array.from({ length: world.scale.numbers }, (_, n) => hashOf(n)));
  const numbers = new Set(
    Array.from({ length: world.scale.numbers }, (_, n) => numberOf(n).slice("+20".length)),
  );
  for (const line of world.service.log) {
    const words = [...line.matchAll(WORDS)].map(([, hash, number]) => hash ?? number ?? "");
    const named = words.find((word) => hashes.has(word) || numbers.has(word));
    if (named === undefined) continue;
    const at = line.indexOf(named);
    world.fault(
      `the service logged somebody's number: ${line.slice(Math.max(0, at - 300), at + 50)}`,
    );
    return;
  }
}
