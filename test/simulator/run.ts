import type { Phone } from "./phone.ts";
import type { World } from "./world.ts";

/** How many phones are at something at once. */
const AT_ONCE = 5;

/** What happens in the world beside syncs, and how often. */
const EVENTS = {
  join: 8,
  leave: 3,
  edit: 10,
  access: 4,
  limit: 1,
  "clock jump": 1.5,
  "token expired": 1.5,
  "nobody signed in": 0.3,
  kill: 1.5,
  "storage corrupted": 0.4,
  "storage lost": 0.2,
  "storage backed up": 0.5,
  "storage restored": 0.3,
  "another user": 0.3,
  "out of reach": 2,
  "in reach": 3,
  "service stopped": 0.6,
  "database backed up": 0.2,
  "database restored": 0.08,
  "a day": 1,
  "many days": 0.1,
};
type Event = keyof typeof EVENTS;

const HOUR_MS = 3_600_000;

/** Lets phones sync, people join and leave, and faults happen, until so many calls were begun. */
export async function run(world: World, calls: number): Promise<void> {
  const { random, schedule, service, phones } = world;
  const backups: { name: string; directory: Map<number, string>; at: number }[] = [];
  await begin(world);
  for (let begun = 0; begun < calls; ) {
    const busy = phones.filter((phone) => world.isBusy(phone)).length;
    if (busy < AT_ONCE && (busy === 0 || random.chance(0.2))) {
      call(world, random.one(phones));
      begun += 1;
      await schedule.settled();
    } else await schedule.step();
    if (random.chance(0.08)) await happen(random.weighted(EVENTS));
    if (!service.isUp && random.chance(0.03)) await service.start();
    if (world.faults.length > 0) return;
  }

  async function happen(event: Event): Promise<void> {
    const phone = random.one(phones);
    if (!service.isUp && ["join", "leave"].includes(event)) return;
    world.count(`event: ${event}`);
    world.note(event, phone.name);
    switch (event) {
      case "join":
        return world.people.join();
      case "leave":
        return world.people.leave();
      case "edit":
        for (let left = random.whole(1, 4); left > 0; left -= 1) phone.book.edit(world.known);
        return;
      case "access":
        return phone.changeAccess();
      case "limit":
        return phone.limit();
      case "clock jump":
        // An hour, days, or years; and back again.
        phone.clockAhead = random.chance(0.3)
          ? 0
          : random.one([1, 24, 24 * 7, 24 * 365]) * HOUR_MS * random.one([1, -1]);
        return;
      case "token expired":
        phone.token = "expired";
        return;
      case "nobody signed in":
        phone.token = phone.token === "gone" ? "good" : "gone";
        return;
      case "kill":
        return world.kill(phone);
      case "storage corrupted":
        return corrupt(world, phone);
      case "storage lost":
        world.kill(phone);
        phone.texts.clear();
        return forgotAll(world, phone, "the storage was lost");
      case "storage backed up":
        phone.backup = new Map(phone.texts);
        return;
      case "storage restored":
        if (phone.backup === undefined) return;
        world.kill(phone);
        phone.texts = new Map(phone.backup);
        return forgotAll(world, phone, "the phone was restored");
      case "another user":
        return signIn(world, phone);
      case "out of reach":
        phone.reach = random.one(["lost", "unanswered"] as const);
        return;
      case "in reach":
        for (const one of phones) if (random.chance(0.5)) one.reach = "good";
        return;
      case "service stopped":
        return service.stop();
      case "database backed up": {
        await service.stop();
        const directory = new Map(world.people.directory);
        backups.push({ name: await service.backUp(), directory, at: service.daysAhead });
        return service.start();
      }
      case "database restored": {
        const backup = backups.at(-1);
        if (backup === undefined) return;
        await service.stop();
        await service.restore(backup.name);
        await service.start();
        world.people.directory = new Map(backup.directory);
        for (const owner of world.owners) owner.restored();
        for (const record of phones.flatMap((one) => one.records)) {
          record.mayBeFull("the database was restored");
        }
        return;
      }
      case "a day":
        service.daysAhead += 1;
        return;
      case "many days":
        service.daysAhead += 31;
        return;
    }
  }
}

/** Everybody writes down whom they know; some have accounts already. */
async function begin(world: World): Promise<void> {
  const { random, service, scale, phones, people } = world;
  await service.start();
  if (random.chance(0.3)) await service.setBudget(random.whole(scale.cards, scale.cards * 2));
  for (let joined = 0; joined < scale.numbers / 8; joined += 1) await people.join();
  const books = new Map<string, number[]>();
  for (const phone of phones) {
    const size = random.whole(0, scale.cards);
    const own = Array.from({ length: size }, () => random.one(world.known));
    // A second phone has much of what the first has.
    const shared = random.some(books.get(phone.userId) ?? [], 0.7);
    phone.book.add([...shared, ...own]);
    books.set(phone.userId, [...shared, ...own]);
    for (let left = random.whole(0, 6); left > 0; left -= 1) phone.book.edit(world.known);
    if (random.chance(0.15)) phone.changeAccess();
  }
  if (scale.large > 0) {
    const numbers = Array.from({ length: scale.large }, (_, n) => n);
    random.one(phones).book.add(numbers);
  }
}

function call(world: World, phone: Phone): void {
  const { random } = world;
  const isBusy = world.isBusy(phone);
  // Mostly the app is closed in between.
  if (!isBusy && random.chance(0.3)) world.kill(phone);
  if (random.chance(0.5)) phone.book.edit(world.known);
  const another = random.chance(0.05);
  const kind = random.weighted({ sync: 20, refresh: 2, forget: 0.15 });
  if (isBusy || another) {
    phone.record.isCertain = false;
    world.count("calls of a phone at once");
  }
  if (kind === "sync") void world.sync(phone, { another, overlaps: isBusy || another });
  else if (kind === "refresh") void world.refresh(phone);
  else void world.forget(phone);
}

function corrupt(world: World, phone: Phone): void {
  const { random } = world;
  const names = [...phone.texts.keys()];
  if (names.length === 0) return;
  world.kill(phone);
  const name = random.one(names);
  const text = phone.texts.get(name) ?? "";
  const at = random.whole(0, Math.max(0, text.length - 1));
  if (random.chance(0.3)) phone.texts.delete(name);
  else if (random.chance(0.5)) phone.texts.set(name, text.slice(0, at));
  else phone.texts.set(name, `${text.slice(0, at)}#${text.slice(at + 1)}`);
  forgotAll(world, phone, "the storage was corrupted");
}

function forgotAll(world: World, phone: Phone, cause: string): void {
  for (const record of phone.records) {
    record.forgotState(cause);
    world.ownerOf(record.userId).leave(record.everMerged, record.deviceIds);
  }
}

/** Somebody hands the phone on, and mostly signs out before. */
function signIn(world: World, phone: Phone): void {
  const { random, owners } = world;
  world.kill(phone);
  const { record } = phone;
  world.ownerOf(phone.userId).leave(record.everMerged, record.deviceIds);
  phone.record.forgotState("another user");
  phone.userId = random.one(owners).userId;
  phone.record.forgotState("another user");
  phone.token = "good";
}
