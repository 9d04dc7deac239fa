export { createFriendFinder } from "./create-friend-finder.ts";
export { type AppStateLike, fromAppState } from "./foreground.ts";
export type {
  Foreground,
  FoundContact,
  Friend,
  FriendChanges,
  FriendFinder,
  FriendFinderOptions,
  RefreshOptions,
  RejectedNumber,
  Removal,
  SubscribeOptions,
  SyncOptions,
  SyncOutcome,
  SyncPhase,
  SyncPlan,
  SyncProgress,
} from "./friend-finder.ts";
