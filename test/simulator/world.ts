import { isContactSyncError } from "@contact-sync/client";
import type { SyncOutcome } from "../../client/src/sync/friend-finder.ts";
import { signToken } from "../../src/security/sign-token.ts";
import { JWT_SECRET } from "../http/support.ts";
import type { TestDatabase } from "../support/postgres.ts";
import { type App, SignedOut, type Surroundings, startApp } from "./app.ts";
import { CALM, type Weather, weatherOf } from "./faults.ts";
import { Network, type Witness } from "./network.ts";
import { Owner } from "./owner.ts";
import { People } from "./people.ts";
import { Phone, type Shown } from "./phone.ts";
import { createRandom, type Random } from "./random.ts";
import { faultsOfChanges, type Record } from "./record.ts";
import { BEGINNING, Schedule } from "./schedule.ts";
import { SimulatedService } from "./service.ts";
import { StorageRefused } from "./storage.ts";

/** How much of everything there is. */
export interface Scale {
  readonly owners: number;
  readonly phones: number;
  /** Numbers of the world. */
  readonly numbers: number;
  /** Cards of an address book, at first. */
  readonly cards: number;
  /** Numbers that one phone gets at once, in some runs; more than a sync takes: sessions. */
  readonly large: number;
}

const TEN_YEARS = 315_360_000;

/** Owners with phones, people who join and leave, a service, and all that goes wrong between them. */
export class World {
  readonly random: Random;
  readonly schedule: Schedule;
  readonly service: SimulatedService;
  readonly people: People;
  readonly owners: readonly Owner[];
  readonly phones: readonly Phone[];
  readonly scale: Scale;
  weather: Weather;
  /** What was found to be wrong. */
  readonly faults: string[] = [];
  /** All that happened, in order: what a replay prints. */
  readonly history: string[] = [];
  /** How often what happened. */
  readonly counts = new Map<string, number>();
  readonly apps = new Map<Phone, App[]>();
  readonly #surroundings: Surroundings;
  readonly #tokens = new Map<string, Promise<string>>();

  constructor(seed: number, database: TestDatabase, scale: Scale) {
    this.scale = scale;
    this.random = createRandom(seed);
    const { random } = this;
    this.weather = weatherOf(random);
    this.schedule = new Schedule(random.fork());
    this.service = new SimulatedService(database);
    const ids = Array.from({ length: scale.owners }, () => random.uuid());
    this.owners = ids.map((userId) => new Owner(userId));
    this.people = new People(random.fork(), this.service, ids, scale.numbers);
    this.phones = Array.from({ length: scale.phones }, (_, place) => {
      // Everybody has a phone, and some have several.
      const userId = ids[place < ids.length ? place : random.whole(0, ids.length - 1)] as string;
      return new Phone(`phone ${place}`, userId, random.fork());
    });
    const common = {
      schedule: this.schedule,
      weather: () => this.weather,
      kill: (process: App["process"]) => this.killed(process),
      told: (what: string, process: App["process"]) => {
        this.count(what);
        this.note(process.name, what);
      },
    };
    this.#surroundings = {
      random: random.fork(),
      schedule: this.schedule,
      network: new Network({ ...common, service: this.service }),
      disk: common,
      tokenOf: (userId, isGood) => this.#tokenOf(userId, isGood),
      witnessOf: (phone) => this.#witnessOf(phone),
    };
  }

  count(what: string): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
  }

  note(who: string, what: string): void {
    const { now } = this.schedule;
    this.history.push(`${((now - BEGINNING) / 1000).toFixed(1).padStart(9)}  ${who}: ${what}`);
  }

  fault = (...faults: readonly string[]): void => {
    this.faults.push(...faults);
    for (const fault of faults) this.note("FAULT", fault);
  };

  ownerOf(userId: string): Owner {
    return this.owners.find((owner) => owner.userId === userId) as Owner;
  }

  /** Numbers that may be written down; the popular ones more often. */
  get known(): number[] {
    const { numbers } = this.scale;
    return Array.from({ length: numbers }, (_, n) => (n % 3 === 0 ? n : Math.floor(n / 5)));
  }

  /** All that a phone knows of its users. */
  recordsOf(userId: string): Record[] {
    return this.phones.flatMap((phone) => phone.records.filter((one) => one.userId === userId));
  }

  /** A run of the app that is there, or one that is started. */
  appOf(phone: Phone, another = false): App {
    const apps = (this.apps.get(phone) ?? []).filter(({ process }) => !process.isDead);
    if (apps.length === 0 || another) apps.push(startApp(phone, this.#surroundings));
    this.apps.set(phone, apps);
    return this.random.one(apps);
  }

  isBusy(phone: Phone): boolean {
    return (this.apps.get(phone) ?? []).some(({ process }) => !process.isDead && process.isBusy);
  }

  /** Ends all that an app is about, at once. */
  kill(phone: Phone): void {
    for (const { process } of this.apps.get(phone) ?? []) {
      if (!process.isDead) this.killed(process);
    }
  }

  killed(process: App["process"]): void {
    process.kill();
    this.note(process.name, "killed");
    for (const [phone, apps] of this.apps) {
      if (apps.some((app) => app.process === process)) {
        for (const record of phone.records) record.isCertain = false;
      }
    }
  }

  /** Begins a sync, which goes on as the schedule lets it. */
  sync(phone: Phone, { another = false, overlaps = false } = {}): Promise<SyncOutcome | null> {
    const { finder, process } = this.appOf(phone, another);
    const { record } = phone;
    const { contacts, shown } = phone.contacts(this.weather !== CALM);
    const day = this.service.daysAhead;
    const confirm = this.weather === CALM || this.random.chance(0.5);
    const confirmRemoval = this.random.chance(0.5) ? confirm : async () => confirm;
    const controller = new AbortController();
    if (this.weather !== CALM && this.random.chance(0.03)) {
      this.count("a call that was aborted");
      const due = this.schedule.now + this.random.whole(0, 20_000);
      const release = () => controller.abort(new Error("enough, says the simulator"));
      this.schedule.add({ process: undefined, kind: "network", due, release });
    }
    record.begins();
    this.note(record.name, `sync begins${overlaps ? ", beside another call" : ""}`);
    return process.during(async () => {
      try {
        const { signal } = controller;
        const outcome = await finder.sync(contacts, { confirmRemoval, signal });
        // What an app is told that was killed meanwhile, nobody sees.
        if (phone.record !== record || process.isDead) return null;
        this.count(`sync: ${outcome.offline ? "offline" : outcome.plan}`);
        this.#outcome(record, shown, outcome, day, overlaps);
        return outcome;
      } catch (error) {
        this.#refused(record, error);
        return null;
      }
    });
  }

  /** Asks what has changed, as after a push. */
  refresh(phone: Phone): Promise<void> {
    const { finder, process } = this.appOf(phone);
    const { record } = phone;
    return process.during(async () => {
      try {
        const changes = await finder.refresh();
        if (phone.record !== record || process.isDead) return;
        this.count("refresh");
        this.note(
          record.name,
          `refresh: joined ${changes.joined.map(({ userId }) => userId.slice(0, 8))}, left ${changes.left.map((userId) => userId.slice(0, 8))}`,
        );
        this.fault(...faultsOfChanges(changes, (userId) => this.people.isSilent(userId)));
        record.isCertain = false;
      } catch (error) {
        this.#refused(record, error);
      }
    });
  }

  forget(phone: Phone): Promise<void> {
    const { finder, process } = this.appOf(phone);
    const { record } = phone;
    this.ownerOf(record.userId).leave(record.everMerged, record.deviceIds);
    record.forgotState("forget()");
    this.note(record.name, "forget() begins");
    return process.during(async () => {
      try {
        const { onService } = await finder.forget();
        this.note(record.name, `forgotten ${onService}`);
        this.count(onService ? "forget" : "forget: not on the service");
      } catch (error) {
        this.#refused(record, error);
      }
      record.forgotState("forget()");
    });
  }

  #outcome(
    record: Record,
    shown: Shown,
    outcome: SyncOutcome,
    day: number,
    overlaps: boolean,
  ): void {
    // Of two calls that became one, both have the same news.
    if (overlaps) record.isCertain = false;
    const { plan, offline, joined, left, access, waiting, removal } = outcome;
    this.note(
      record.name,
      `${offline ? "offline" : plan}, access ${access}, ${outcome.friends.length} friends, joined ${joined.map(({ userId }) => userId.slice(0, 8))}, left ${left.map((userId) => userId.slice(0, 8))}${waiting ? `, waiting ${waiting.numbers}` : ""}${removal ? ", removal" : ""}`,
    );
    this.fault(...record.told(outcome, this.people, day));
    if (!overlaps && outcome.access !== shown.access) {
      this.fault(`${record.name}: access was ${shown.access}, not ${outcome.access}`);
    }
  }

  #refused(record: Record, error: unknown): void {
    record.isCertain = false;
    const isOurs = (error as Error).cause instanceof StorageRefused || error instanceof SignedOut;
    const code = isContactSyncError(error) ? error.code : (error as Error).name;
    this.count(`refused: ${code}`);
    this.note(record.name, `refused: ${code}`);
    if (isOurs || code === "ABORTED" || code === "UNAUTHENTICATED") return;
    this.fault(`${record.name}: ${(error as Error).stack ?? error}`);
  }

  #witnessOf(phone: Phone): Witness {
    return {
      reach: () => (this.weather === CALM ? "good" : phone.reach),
      sent: (request) => {
        this.count(`asked: ${request.kind}`);
        const record = phone.recordOf(request.userId);
        this.note(
          record.name,
          `asks ${request.kind} ${request.hashes.length} ${request.deviceId?.slice(0, 6) ?? ""}`,
        );
        const wrong = record.sent(request, this.service.daysAhead);
        if (wrong !== undefined) this.fault(wrong);
      },
      arrived: (request, answer, isLate) => {
        this.count(`arrived: ${request.kind} ${answer.status}`);
        const record = phone.recordOf(request.userId);
        const code = answer.status === 200 ? "" : JSON.parse(answer.text).code;
        this.note(
          record.name,
          `${isLate ? "late, " : ""}${request.kind} arrived ${answer.status} ${code}`,
        );
        this.ownerOf(request.userId).arrived(
          request,
          answer,
          isLate,
          record,
          this.recordsOf(request.userId),
        );
      },
      answered: (request, answer) => phone.recordOf(request.userId).answered(request, answer),
    };
  }

  #tokenOf(userId: string, isGood: boolean): Promise<string> {
    const name = `${userId} ${isGood}`;
    const token =
      this.#tokens.get(name) ??
      signToken(JWT_SECRET, {
        role: "authenticated",
        userId,
        expiresInSeconds: isGood ? TEN_YEARS : -TEN_YEARS,
      });
    this.#tokens.set(name, token);
    return token;
  }
}
