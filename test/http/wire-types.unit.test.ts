// The types of the client package against the schemas that /openapi.json shows and requests are
// judged by. `tsc` does the work: where the two differ, this file does not compile.
import type {
  BeginSessionRequest,
  BlockChange,
  BlockedUserPage,
  BulkInsertContact,
  BulkInsertRequest,
  BulkInsertResult,
  ChangesPage,
  CommitSessionRequest,
  Contact,
  ContactPage,
  ContactsSummary,
  DeletedContacts,
  DeltaRequest,
  DeltaResponse,
  DeviceList,
  Discoverability,
  DiscoverabilityRequest,
  DoctorFindings,
  Erasure,
  EstimateRequest,
  ExplainRequest,
  Explanation,
  ForgottenDevice,
  InteractionRequest,
  LinkPhoneRequest,
  OperationFailures,
  OperationHistory,
  OperationOverview,
  OperationSettings,
  PerformanceEstimate,
  PhoneChange,
  Problem,
  ReceiptKeys,
  ReleasedOwner,
  ReplayedMessages,
  SessionPart,
  SessionPartRequest,
  SuspectList,
  SyncRequest,
  SyncResponse,
  SyncSession,
  SyncStatistics,
  SyncStatus,
  UnlinkPhoneRequest,
  UserExport,
  UserReport,
  WebhookMessages,
} from "@contact-sync/client";
import type { Static } from "typebox";
import { expectTypeOf, test } from "vitest";
import type {
  BulkInsertData,
  DescribedBulkInsertBody,
} from "../../src/http/schemas/bulk-insert.ts";
import type { Problem as ProblemSchema } from "../../src/http/schemas/common.ts";
import type {
  BlockData,
  BlocksData,
  DiscoverabilityBody,
  DiscoverabilityData,
} from "../../src/http/schemas/consent.ts";
import type {
  ContactData,
  DeletedData,
  InteractionBody,
  ListData,
  StatusData,
  SummaryData,
} from "../../src/http/schemas/contacts.ts";
import type {
  BeginSessionBody,
  ChangesData,
  CommitBody,
  DeltaBody,
  DeltaData,
  DevicesData,
  ForgottenData,
  PartBody,
  PartData,
  SessionData,
} from "../../src/http/schemas/devices.ts";
import type {
  ErasureData,
  ExportData,
  LinkBody,
  LinkData,
  ReceiptKeysData,
  UnlinkBody,
} from "../../src/http/schemas/directory.ts";
import type {
  DoctorData,
  ExplainBody,
  ExplanationData,
  FailuresData,
  HistoryData,
  MessagesData,
  OverviewData,
  ReplayedData,
  SettingsData,
  UserData,
} from "../../src/http/schemas/operation.ts";
import type { ReleasedData, SuspectsData } from "../../src/http/schemas/suspects.ts";
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
  expectTypeOf<Schema<typeof ExportData>>().toEqualTypeOf<Plain<UserExport>>();
  expectTypeOf<Schema<typeof ReceiptKeysData>>().toEqualTypeOf<Plain<ReceiptKeys>>();
  expectTypeOf<Schema<typeof SuspectsData>>().toEqualTypeOf<Plain<SuspectList>>();
  expectTypeOf<Schema<typeof ReleasedData>>().toEqualTypeOf<Plain<ReleasedOwner>>();
  expectTypeOf<Schema<typeof SyncData>>().toEqualTypeOf<Plain<SyncResponse>>();
  expectTypeOf<Schema<typeof DeltaData>>().toEqualTypeOf<Plain<DeltaResponse>>();
  expectTypeOf<Schema<typeof ChangesData>>().toEqualTypeOf<Plain<ChangesPage>>();
  expectTypeOf<Schema<typeof DevicesData>>().toEqualTypeOf<Plain<DeviceList>>();
  expectTypeOf<Schema<typeof ForgottenData>>().toEqualTypeOf<Plain<ForgottenDevice>>();
  expectTypeOf<Schema<typeof SessionData>>().toEqualTypeOf<Plain<SyncSession>>();
  expectTypeOf<Schema<typeof PartData>>().toEqualTypeOf<Plain<SessionPart>>();
  expectTypeOf<Schema<typeof EstimateData>>().toEqualTypeOf<Plain<PerformanceEstimate>>();
  expectTypeOf<Schema<typeof StatisticsData>>().toEqualTypeOf<Plain<SyncStatistics>>();
  expectTypeOf<Schema<typeof DiscoverabilityData>>().toEqualTypeOf<Plain<Discoverability>>();
  expectTypeOf<Schema<typeof BlocksData>>().toEqualTypeOf<Plain<BlockedUserPage>>();
  expectTypeOf<Schema<typeof BlockData>>().toEqualTypeOf<Plain<BlockChange>>();
  expectTypeOf<Schema<typeof BulkInsertData>>().toEqualTypeOf<Plain<BulkInsertResult>>();
  expectTypeOf<Schema<typeof OverviewData>>().toEqualTypeOf<Plain<OperationOverview>>();
  expectTypeOf<Schema<typeof HistoryData>>().toEqualTypeOf<Plain<OperationHistory>>();
  expectTypeOf<Schema<typeof FailuresData>>().toEqualTypeOf<Plain<OperationFailures>>();
  expectTypeOf<Schema<typeof MessagesData>>().toEqualTypeOf<Plain<WebhookMessages>>();
  expectTypeOf<Schema<typeof ReplayedData>>().toEqualTypeOf<Plain<ReplayedMessages>>();
  expectTypeOf<Schema<typeof DoctorData>>().toEqualTypeOf<Plain<DoctorFindings>>();
  expectTypeOf<Schema<typeof SettingsData>>().toEqualTypeOf<Plain<OperationSettings>>();
  expectTypeOf<Schema<typeof UserData>>().toEqualTypeOf<Plain<UserReport>>();
  expectTypeOf<Schema<typeof ExplanationData>>().toEqualTypeOf<Plain<Explanation>>();
});

test("problems", () => {
  expectTypeOf<Schema<typeof ProblemSchema>>().toEqualTypeOf<Plain<Problem>>();
});

test("requests", () => {
  expectTypeOf<Schema<typeof SyncBody>>().toEqualTypeOf<Plain<SyncRequest>>();
  expectTypeOf<Schema<typeof DeltaBody>>().toEqualTypeOf<Plain<DeltaRequest>>();
  expectTypeOf<Schema<typeof BeginSessionBody>>().toEqualTypeOf<Plain<BeginSessionRequest>>();
  expectTypeOf<Schema<typeof PartBody>>().toEqualTypeOf<Plain<SessionPartRequest>>();
  expectTypeOf<Schema<typeof CommitBody>>().toEqualTypeOf<Plain<CommitSessionRequest>>();
  expectTypeOf<Schema<typeof EstimateBody>>().toEqualTypeOf<Plain<EstimateRequest>>();
  expectTypeOf<Schema<typeof DescribedBulkInsertBody>>().toEqualTypeOf<Plain<BulkInsertRequest>>();
  expectTypeOf<Schema<typeof DescribedBulkInsertBody>["contacts"][number]>().toEqualTypeOf<
    Plain<BulkInsertContact>
  >();
  expectTypeOf<Schema<typeof DiscoverabilityBody>>().toEqualTypeOf<Plain<DiscoverabilityRequest>>();
  expectTypeOf<Schema<typeof ExplainBody>>().toEqualTypeOf<Plain<ExplainRequest>>();
  expectTypeOf<Schema<typeof InteractionBody>>().toEqualTypeOf<Plain<InteractionRequest>>();
  expectTypeOf<Schema<typeof LinkBody>>().toEqualTypeOf<Plain<LinkPhoneRequest>>();
  expectTypeOf<Schema<typeof UnlinkBody>>().toEqualTypeOf<Plain<UnlinkPhoneRequest>>();
});
