import { deleteAllContacts } from "../../contacts/book/delete.ts";
import { ownerOf } from "../plugins/authentication.ts";
import { answers } from "../schemas/common.ts";
import { DeletedData } from "../schemas/contacts.ts";
import type { Route } from "./route.ts";

export const deleteContactsRoute: Route = async (app, { engine }) => {
  app.delete(
    "/contacts",
    {
      schema: {
        operationId: "deleteContacts",
        tags: ["contacts"],
        summary: "Delete all of the caller's contacts",
        description: "Numbers that the caller verified stay in the directory.",
        response: answers(DeletedData),
      },
    },
    async (request) => ({
      success: true as const,
      data: { contacts_deleted: await deleteAllContacts(engine, ownerOf(request)) },
    }),
  );
};
