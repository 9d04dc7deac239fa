import { MAX_CONTACTS_PER_PAGE } from "@contact-sync/client";
import type { Contact } from "../../contacts/book/contact.ts";
import { throwIfAborted } from "../../input/arguments.ts";
import { defineCommand } from "../command.ts";
import { user, wholeNumber } from "../option-values.ts";
import { tableLines } from "../terminal/table.ts";
import { visible } from "../terminal/text.ts";

interface Options {
  owner: string;
  linked?: true;
  favorites?: true;
  limit?: number;
  cursor?: string;
  all?: true;
}

export const contactsCommand = defineCommand<Options>({
  usage: "contacts",
  summary: "List an owner's stored contacts.",
  description:
    "A contact is named by its phone hash; the numbers themselves are not stored. With --all --json, one contact a line (NDJSON).",
  examples: [
    "contacts --owner 970dabb7-2bcc-441a-a93c-a4a756f72cee --linked",
    "contacts --owner 970dabb7-2bcc-441a-a93c-a4a756f72cee --all --json | jq .linked_user_id",
  ],
  configure: (command) =>
    command
      .requiredOption("--owner <user>", "whose contacts")
      .option("--linked", "only those with an account")
      .option("--favorites", "only favourites")
      .option("--limit <count>", "contacts a page, 1 to 1,000 (default: 100)", wholeNumber)
      .option("--cursor <cursor>", "where the page before ended")
      .option("--all", "all pages"),
  async run(
    { io, printer, configuration, withContactSync },
    { owner: given, all, linked, favorites, ...options },
  ) {
    const owner = user(configuration, given, "--owner");
    await withContactSync(async ({ contactSync }) => {
      let { cursor } = options;
      const limit = all ? (options.limit ?? MAX_CONTACTS_PER_PAGE) : options.limit;
      for (;;) {
        throwIfAborted(io.signal);
        const page = await contactSync.listContacts(owner, { linked, favorites, limit, cursor });
        if (all) for (const contact of page.contacts) printer.json(contact);
        else printer.json(page);
        for (const line of tableLines(page.contacts.map(cells))) printer.line(line);
        if (page.next_cursor === null || !all) {
          if (page.next_cursor !== null) printer.remark(`more with --cursor ${page.next_cursor}`);
          if (page.contacts.length === 0 && cursor === undefined) printer.remark("no contacts");
          return;
        }
        cursor = page.next_cursor;
      }
    });
    return undefined;
  },
});

function cells(contact: Contact): string[] {
  return [
    contact.phone_hash,
    contact.is_favorite ? "*" : " ",
    contact.linked_user_id === null ? "no account".padEnd(36) : visible(contact.linked_user_id),
    contact.last_interaction?.toISOString() ?? "",
  ];
}
