// What /docs offers to try out works: every operation of the document, in the page's order, with its
// examples and nothing else, on the data that `npm run demo` makes.
import { createReadStream } from "node:fs";
import { beforeAll, expect, test } from "vitest";
import {
  FRIEND,
  FRIENDS_NUMBER,
  LAST_SESSION_ID,
  LAST_SYNC_TOKEN,
  OWNER,
} from "../../src/http/schemas/examples.ts";
import { readAddressBook } from "../../src/readers/detect.ts";
import { readDirectory } from "../../src/readers/directory.ts";
import { describePostgres } from "../support/postgres.ts";
import {
  answerChecker,
  type Document,
  type Operation,
  operationsOf,
  publishedDocument,
} from "./openapi-document.ts";
import { SERVICE_KEY, useApp } from "./support.ts";

const fileAt = (name: string) => new URL(`../../examples/address-book/${name}`, import.meta.url);

describePostgres("the document's examples", (server) => {
  const app = useApp(server);
  let document: Document;
  let operations: Operation[];
  /** What answers named, for the examples that cannot know it. */
  const last: Record<string, string> = {};

  beforeAll(async () => {
    document = await publishedDocument(app());
    operations = asShown(operationsOf(document));
    for await (const person of readDirectory(createReadStream(fileAt("people.csv")))) {
      await app().request({
        method: "PUT",
        url: `/api/v1/users/${person.userId}/phones`,
        token: SERVICE_KEY,
        body: { phoneNumber: person.phone, verifiedAt: person.verifiedAt },
      });
    }
    const phoneNumbers: string[] = [];
    for await (const { phone } of readAddressBook(createReadStream(fileAt("contacts.vcf")))) {
      phoneNumbers.push(phone);
    }
    await app().request({
      method: "POST",
      url: "/api/v1/contacts/sync",
      token: await app().userToken(OWNER),
      body: {
        phoneNumbers,
        deviceContactsCount: phoneNumbers.length,
        defaultRegion: "EG",
        mode: "replace",
        deviceId: "of-the-demo",
      },
    });
  });

  test("are about people of the demo", async () => {
    const people = [];
    for await (const person of readDirectory(createReadStream(fileAt("people.csv")))) {
      people.push(person);
    }
    expect(people[0]?.userId).toBe(OWNER);
    expect(people.find(({ userId }) => userId === FRIEND)?.phone).toBe(FRIENDS_NUMBER);
  });

  test("stand at every body and every path", () => {
    for (const { operationId, parameters, requestBody } of operations) {
      for (const { name, ...parameter } of parameters.filter((one) => one.in === "path")) {
        expect(parameter, `${operationId} ${name}`).toHaveProperty("example");
      }
      const json = requestBody?.content["application/json"];
      if (json !== undefined) expect(examplesIn(json).length, operationId).toBeGreaterThan(0);
    }
  });

  test("succeed one after the other, as the page has them", async () => {
    const check = answerChecker(document);
    const user = await app().userToken(OWNER);
    for (const operation of operations) {
      const { method, operationId, parameters, path, requestBody, security } = operation;
      const json = requestBody?.content["application/json"];
      for (const body of json === undefined ? [undefined] : examplesIn(json)) {
        const url = path.replace(/\{(\w+)\}/g, (_, name) =>
          filled(String(exampleOf(parameters.find((one) => one.name === name)))),
        );
        const takes = Object.keys(security?.[0] ?? {})[0];
        const answer = await app().request({
          method,
          url,
          token: takes === "user" ? user : takes === "service" ? SERVICE_KEY : undefined,
          body: body === undefined ? undefined : JSON.parse(filled(JSON.stringify(body))),
        });
        expect(answer.statusCode, `${operationId}: ${answer.body}`).toBe(200);
        check(operation, answer);
        remember(answer.headers["content-type"], answer.body);
      }
    }
    expect(last).toMatchObject({ sync_token: expect.any(String), session_id: expect.any(String) });
  });

  test("show a match, a number that is refused, and somebody who is new in the book", async () => {
    const user = await app().userToken(OWNER);
    await app().request({
      method: "PUT",
      url: `/api/v1/users/${FRIEND}/phones`,
      token: SERVICE_KEY,
      body: { phoneNumber: FRIENDS_NUMBER },
    });
    const [sync, delta] = ["syncContacts", "syncDelta"].map((id) =>
      operations.find(({ operationId }) => operationId === id),
    );
    const send = async (operation: Operation | undefined) => {
      const [body] = examplesIn(operation?.requestBody?.content["application/json"]);
      const answer = await app().request({
        method: "POST",
        url: String(operation?.path),
        token: user,
        body: JSON.parse(filled(JSON.stringify(body))),
      });
      remember(answer.headers["content-type"], answer.body);
      return answer.json().data;
    };
    expect(await send(sync)).toMatchObject({
      matches: [{ index: 0, user_id: FRIEND }],
      rejected: [{ index: 2, reason: "NOT_A_NUMBER" }],
    });
    expect(await send(delta)).toMatchObject({ matches: [{ index: 0 }], contacts_removed: 0 });
  });

  /** As the page of /docs does it. */
  const filled = (text: string) =>
    text
      .replace(LAST_SYNC_TOKEN, last["sync_token"] ?? LAST_SYNC_TOKEN)
      .replace(LAST_SESSION_ID, last["session_id"] ?? LAST_SESSION_ID);

  function remember(type: unknown, body: string): void {
    if (!String(type).includes("application/json")) return;
    const { data = {} } = JSON.parse(body);
    for (const name of ["sync_token", "session_id"]) if (data?.[name]) last[name] = data[name];
  }
});

/** By tag, and there what takes away last, as test/http/pages.processes.test.ts has it from the page. */
function asShown(operations: readonly Operation[]): Operation[] {
  const tags = [...new Set(operations.map(({ tags: [tag] = [] }) => tag))];
  const takesAway = ({ method }: Operation) => (method === "DELETE" ? 1 : 0);
  return tags.flatMap((tag) =>
    operations
      .filter(({ tags: [own] = [] }) => own === tag)
      .sort(
        (one, other) =>
          takesAway(one) - takesAway(other) ||
          takesAway(one) * (other.path.length - one.path.length),
      ),
  );
}

function exampleOf(parameter: object | undefined): unknown {
  return (parameter as { example?: unknown } | undefined)?.example;
}

function examplesIn(media: object = {}): unknown[] {
  const { example, examples = {} } = media as {
    example?: unknown;
    examples?: Record<string, { value: unknown }>;
  };
  return example === undefined ? Object.values(examples).map(({ value }) => value) : [example];
}
