import { ContactSyncError } from "@contact-sync/client";
import { deleteContacts } from "../../contacts/book/delete.ts";
import { ownerOf } from "../plugins/authentication.ts";
import { answers, PhoneHashParams } from "../schemas/common.ts";
import { DeletedData } from "../schemas/contacts.ts";
import type { Route } from "./route.ts";

export const deleteContactRoute: Route = async (app, { engine }) => {
  app.delete(
    "/contacts/:phoneHash",
    {
      schema: {
        operationId: "deleteContact",
        tags: ["contacts"],
        summary: "Delete one of the caller's contacts",
        params: PhoneHashParams,
        response: answers(DeletedData),
      },
    },
    async (request) => {
      const deleted = await deleteContacts(engine, ownerOf(request), [request.params.phoneHash]);
      if (deleted === 0) {
        throw new ContactSyncError(
          "CONTACT_NOT_FOUND",
          "the caller has no contact with this phone hash",
        );
      }
      return { success: true as const, data: { contacts_deleted: deleted } };
    },
  );
};
