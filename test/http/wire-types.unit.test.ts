// The types of the client package against the schemas that /openapi.json shows and requests are
// judged by. `tsc` does the work: where the two differ, this file does not compile.
import type {
  BulkInsertContact,
  BulkInsertRequest,
  BulkInsertResult,
  Contact,
  ContactPage,
  ContactsSummary,
  DeletedContacts,
  Erasure,
  EstimateRequest,
  InteractionRequest,
  LinkPhoneRequest,
  PerformanceEstimate,
  PhoneChange,
  Problem,
  SyncRequest,
  SyncResponse,
  SyncStatistics,
  SyncStatus,
  UnlinkPhoneRequest,
} from "@contact-sync/client";
import type { Static } from "typebox";
import { expectTypeOf, test } from "vitest";
import type {
  BulkInsertData,
  DescribedBulkInsertBody,
} from "../../src/http/schemas/bulk-insert.ts";
import type { Problem as ProblemSchema } from "../../src/http/schemas/common.ts";
import type {
  ContactData,
  DeletedData,
  InteractionBody,
  ListData,
  StatusData,
  SummaryData,
} from "../../src/http/schemas/contacts.ts";
import type {
  ErasureData,
  LinkBody,
  LinkData,
  UnlinkBody,
} from "../../src/http/schemas/directory.ts";
import type {
  EstimateBody,
  EstimateData,
  StatisticsData,
  SyncBody,
  SyncData,
} from "../../src/http/schemas/sync.ts";

/** The same type, whatever of it is readonly: in JSON that says nothing. */
type Plain<T> = T extends readonly (infer Item)[]
  ? Plain<Item>[]
  : T extends object
    ? { -readonly [Key in keyof T]: Plain<T[Key]> }
    : T;

type Schema<T extends object> = Plain<Static<T>>;

test("answers", () => {
  expectTypeOf<Schema<typeof ContactData>>().toEqualTypeOf<Plain<Contact>>();
  expectTypeOf<Schema<typeof ListData>>().toEqualTypeOf<Plain<ContactPage>>();
  expectTypeOf<Schema<typeof SummaryData>>().toEqualTypeOf<Plain<ContactsSummary>>();
  expectTypeOf<Schema<typeof StatusData>>().toEqualTypeOf<Plain<SyncStatus>>();
  expectTypeOf<Schema<typeof DeletedData>>().toEqualTypeOf<Plain<DeletedContacts>>();
  expectTypeOf<Schema<typeof LinkData>>().toEqualTypeOf<Plain<PhoneChange>>();
  expectTypeOf<Schema<typeof ErasureData>>().toEqualTypeOf<Plain<Erasure>>();
  expectTypeOf<Schema<typeof SyncData>>().toEqualTypeOf<Plain<SyncResponse>>();
  expectTypeOf<Schema<typeof EstimateData>>().toEqualTypeOf<Plain<PerformanceEstimate>>();
  expectTypeOf<Schema<typeof StatisticsData>>().toEqualTypeOf<Plain<SyncStatistics>>();
  expectTypeOf<Schema<typeof BulkInsertData>>().toEqualTypeOf<Plain<BulkInsertResult>>();
});

test("problems", () => {
  expectTypeOf<Schema<typeof ProblemSchema>>().toEqualTypeOf<Plain<Problem>>();
});

test("requests", () => {
  expectTypeOf<Schema<typeof SyncBody>>().toEqualTypeOf<Plain<SyncRequest>>();
  expectTypeOf<Schema<typeof EstimateBody>>().toEqualTypeOf<Plain<EstimateRequest>>();
  expectTypeOf<Schema<typeof DescribedBulkInsertBody>>().toEqualTypeOf<Plain<BulkInsertRequest>>();
  expectTypeOf<Schema<typeof DescribedBulkInsertBody>["contacts"][number]>().toEqualTypeOf<
    Plain<BulkInsertContact>
  >();
  expectTypeOf<Schema<typeof InteractionBody>>().toEqualTypeOf<Plain<InteractionRequest>>();
  expectTypeOf<Schema<typeof LinkBody>>().toEqualTypeOf<Plain<LinkPhoneRequest>>();
  expectTypeOf<Schema<typeof UnlinkBody>>().toEqualTypeOf<Plain<UnlinkPhoneRequest>>();
});
