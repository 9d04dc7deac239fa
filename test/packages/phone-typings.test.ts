// The adapters compile against the typings of the packages that they are for, at the releases that
// phone-typings/ pins. Their own dependencies (React Native, expo) stay out: of what we use, only the
// base classes and the answers to questions of permission are typed there.
import { execFile } from "node:child_process";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { available } from "../support/available.ts";
import { assertBuilt, PACKAGES } from "../support/built.ts";

assertBuilt();

const PINS = fileURLToPath(new URL("phone-typings/", import.meta.url));
const TSC = fileURLToPath(new URL("../../node_modules/typescript/bin/tsc", import.meta.url));

const run = promisify(execFile);

async function isThere(): Promise<boolean> {
  const { dependencies } = JSON.parse(await readFile(join(PINS, "package.json"), "utf8"));
  const version: string = dependencies["expo-contacts"];
  const asked = ["view", `expo-contacts@${version}`, "version", "--fetch-retries=0"];
  return run("npm", asked, { timeout: 30_000 }).then(
    ({ stdout }) => stdout.includes(version),
    () => false,
  );
}

const USES = `
import AsyncStorage from "@react-native-async-storage/async-storage";
import {
  fromAppState,
  fromContactPicker,
  fromExpoContacts,
  fromReactNativeContacts,
  indexedDbStorage,
  mmkvStorage,
  type ContactSource,
  type Foreground,
  type TextStorage,
} from "@contact-sync/client";
import { encryptedStorage } from "@contact-sync/client/encryption";
import * as Contacts from "expo-contacts";
import * as Legacy from "expo-contacts/legacy";
import * as ReactNativeContacts from "react-native-contacts";
import { createMMKV } from "react-native-mmkv";

export const sources: ContactSource[] = [
  fromExpoContacts(),
  fromExpoContacts(Contacts),
  fromExpoContacts(Legacy),
  fromReactNativeContacts(ReactNativeContacts),
  fromContactPicker(),
];
export const storages: TextStorage[] = [
  AsyncStorage,
  localStorage,
  mmkvStorage(createMMKV()),
  indexedDbStorage(),
  encryptedStorage(AsyncStorage, { key: new Uint8Array(32) }),
];

// As React Native types it.
type AppStateStatus = "active" | "background" | "inactive" | "unknown" | "extension";
declare const AppState: {
  currentState: AppStateStatus;
  addEventListener(
    type: "change" | "memoryWarning" | "blur" | "focus",
    listener: (state: AppStateStatus) => void,
  ): { remove: () => void };
};
export const foreground: Foreground = fromAppState(AppState);

// What we call has these forms.
const fields = [Contacts.ContactField.FULL_NAME, Contacts.ContactField.PHONES] as const;
const names: readonly ["fullName", "phones"] = ["fullName", "phones"];
export const same: readonly \`\${(typeof fields)[number]}\`[] = names;
export async function read() {
  const [details] = await Contacts.Contact.getAllDetails(fields, { limit: 500, offset: 0 });
  const phones: (string | undefined)[] | undefined = details?.phones?.map(({ number }) => number);
  const page = await Legacy.getContactsAsync({ pageSize: 500, pageOffset: 0, fields: ["name"] });
  const more: boolean = page.hasNextPage;
  return [details?.id, details?.fullName, phones, more, page.data[0]?.phoneNumbers?.[0]?.digits];
}

// @ts-expect-error an MMKV is no storage as it is
export const wrong: TextStorage = createMMKV();
// @ts-expect-error nor are contacts a storage
mmkvStorage(Contacts);
// @ts-expect-error nor is one module the other
fromReactNativeContacts(Contacts);
`;

describe.skipIf(!available("the npm registry", await isThere()))("the phone's packages", () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "contact-sync-phone-"));
    await cp(PINS, folder, { recursive: true });
    const options = ["--legacy-peer-deps", "--ignore-scripts", "--prefer-offline", "--no-audit"];
    await run("npm", ["ci", ...options], { cwd: folder });
    const scope = join(folder, "node_modules/@contact-sync");
    await cp(PACKAGES["@contact-sync/client"], join(scope, "client"), {
      recursive: true,
      filter: (path) => !/\/(?:src|test|node_modules)$/.test(path),
    });
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test("fit our adapters, by their typings", async () => {
    await writeFile(join(folder, "index.ts"), USES);
    const compilerOptions = {
      target: "ES2022",
      lib: ["ES2022", "DOM"],
      types: [],
      module: "Preserve",
      moduleResolution: "bundler",
      strict: true,
      exactOptionalPropertyTypes: true,
      skipLibCheck: true,
      noEmit: true,
    };
    await writeFile(
      join(folder, "tsconfig.json"),
      JSON.stringify({ compilerOptions, include: ["index.ts"] }),
    );
    const printed = await run(process.execPath, [TSC, "-p", folder]).then(
      ({ stdout }) => stdout,
      ({ stdout }: { stdout: string }) => stdout,
    );
    expect(printed).toBe("");
  });
});
