import { listContacts } from "../../contacts/book/list.ts";
import { contactJson } from "../contact-json.ts";
import { ownerOf } from "../plugins/authentication.ts";
import { answers } from "../schemas/common.ts";
import { ListData, ListQuery } from "../schemas/contacts.ts";
import type { Route } from "./route.ts";

export const listContactsRoute: Route = async (app, { engine }) => {
  app.get(
    "/contacts",
    {
      schema: {
        operationId: "listContacts",
        tags: ["contacts"],
        summary: "A page of the caller's contacts",
        querystring: ListQuery,
        response: answers(ListData),
      },
    },
    async (request) => {
      const { contacts, next_cursor } = await listContacts(engine, ownerOf(request), request.query);
      return { success: true as const, data: { contacts: contacts.map(contactJson), next_cursor } };
    },
  );
};
