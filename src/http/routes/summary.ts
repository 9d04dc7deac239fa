import { summarizeContacts } from "../../contacts/book/status.ts";
import { ownerOf } from "../plugins/authentication.ts";
import { answers } from "../schemas/common.ts";
import { SummaryData } from "../schemas/contacts.ts";
import type { Route } from "./route.ts";

export const summaryRoute: Route = async (app, { engine }) => {
  app.get(
    "/contacts/summary",
    {
      schema: {
        operationId: "getContactsSummary",
        tags: ["contacts"],
        summary: "How many contacts, linked ones and favourites the caller has",
        response: answers(SummaryData),
      },
    },
    async (request) => ({
      success: true as const,
      data: await summarizeContacts(engine, ownerOf(request)),
    }),
  );
};
