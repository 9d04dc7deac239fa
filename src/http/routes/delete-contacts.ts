import { deleteAllContacts, deleteContacts } from "../../contacts/book/delete.ts";
import { ownerOf } from "../plugins/authentication.ts";
import { answers } from "../schemas/common.ts";
import { DeletedData, DeletionBody } from "../schemas/contacts.ts";
import type { Route } from "./route.ts";

export const deleteContactsRoutes: Route = async (app, { engine }) => {
  app.post(
    "/contacts/delete",
    {
      schema: {
        operationId: "deleteContacts",
        tags: ["contacts"],
        summary: "Delete some of the caller's contacts",
        description: "Those that are not there are not counted.",
        body: DeletionBody,
        response: answers(DeletedData),
      },
    },
    async (request) => {
      const { phoneHashes } = request.body;
      const deleted = await deleteContacts(engine, ownerOf(request), phoneHashes);
      return { success: true as const, data: { contacts_deleted: deleted } };
    },
  );
  app.delete(
    "/contacts",
    {
      schema: {
        operationId: "deleteAllContacts",
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
