import { setFavorite } from "../../contacts/book/change.ts";
import { contactJson } from "../contact-json.ts";
import { ownerOf } from "../plugins/authentication.ts";
import { answers, PhoneHashParams } from "../schemas/common.ts";
import { ContactData } from "../schemas/contacts.ts";
import type { Route } from "./route.ts";

export const favoriteRoutes: Route = async (app, { engine }) => {
  for (const { method, operationId, isFavorite, summary } of [
    {
      method: "PUT",
      operationId: "markFavorite",
      isFavorite: true,
      summary: "Mark a contact as favourite",
    },
    {
      method: "DELETE",
      operationId: "unmarkFavorite",
      isFavorite: false,
      summary: "Mark a contact as no favourite",
    },
  ]) {
    app.route({
      method,
      url: "/contacts/:phoneHash/favorite",
      schema: {
        operationId,
        tags: ["contacts"],
        summary,
        params: PhoneHashParams,
        response: answers(ContactData),
      },
      handler: async (request) => {
        const { phoneHash } = request.params;
        const contact = await setFavorite(engine, ownerOf(request), phoneHash, isFavorite);
        return { success: true as const, data: contactJson(contact) };
      },
    });
  }
};
