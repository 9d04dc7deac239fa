import { Type } from "typebox";
import { recordInteraction } from "../../contacts/book/change.ts";
import { contactJson } from "../contact-json.ts";
import { ownerOf } from "../plugins/authentication.ts";
import { answers, PhoneHashParams } from "../schemas/common.ts";
import { ContactData, InteractionBody } from "../schemas/contacts.ts";
import type { Route } from "./route.ts";

export const interactionRoute: Route = async (app, { engine }) => {
  app.post(
    "/contacts/:phoneHash/interaction",
    {
      schema: {
        operationId: "recordInteraction",
        tags: ["contacts"],
        summary: "Note that the caller called or wrote to a contact",
        params: PhoneHashParams,
        body: Type.Union([InteractionBody, Type.Null()]),
        response: answers(ContactData),
      },
    },
    async (request) => {
      const { phoneHash } = request.params;
      const at = request.body?.at;
      const contact = await recordInteraction(engine, ownerOf(request), phoneHash, at);
      return { success: true as const, data: contactJson(contact) };
    },
  );
};
