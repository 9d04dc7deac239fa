import type { FriendFinder } from "@contact-sync/client";
import { useEffect, useMemo, useReducer } from "react";
import { SectionList, Share, StyleSheet, View } from "react-native";
import { useSafeAreaInsets } from "react-native-safe-area-context";
import { createActions } from "./actions.ts";
import { useColours } from "./colours.ts";
import { hasAccess, onReturn, phoneBook, shareMore, wish } from "./contacts.ts";
import { NoticeCard } from "./notice-card.tsx";
import { Bar, Button, Buttons, Card, Row, Title, Words } from "./parts.tsx";
import { FIRST, next } from "./screen.ts";
import { APP_URL } from "./session.ts";
import * as words from "./words.ts";

interface Item {
  readonly key: string;
  readonly name: string;
  readonly detail: string;
  readonly canInvite: boolean;
}

export function FriendsScreen({ finder }: { finder: FriendFinder }) {
  const [screen, dispatch] = useReducer(next, FIRST);
  const actions = useMemo(
    () => createActions({ finder, dispatch, hasAccess, wish, onReturn }),
    [finder],
  );
  useEffect(() => actions.start(phoneBook), [actions]);
  const sections = useMemo(() => sectionsOf(screen), [screen]);
  const insets = useSafeAreaInsets();
  const { ground } = useColours();

  const find = () => actions.find(phoneBook);
  const noticeActions = {
    again: find,
    remove: () => actions.find(phoneBook, { confirmRemoval: true }),
    keep: () => dispatch({ type: "keep" }),
    shareMore: () => {
      if (screen.access === "none" && screen.canAskAgain) find();
      else shareMore(find);
    },
  };

  const unnamed = words.unnamedText(screen);

  const header = (
    <View style={styles.stack}>
      {screen.step === "explaining" && (
        <Card>
          <Title>{words.EXPLANATION.title}</Title>
          {words.EXPLANATION.points.map((point) => (
            <Words key={point}>{point}</Words>
          ))}
          {unnamed !== null && <Words>{unnamed}</Words>}
          <Buttons>
            <Button label="Find friends" onPress={find} />
          </Buttons>
        </Card>
      )}
      {screen.step === "forgotten" && (
        <Card>
          <Words>{words.forgottenText(screen)}</Words>
          <Buttons>
            <Button
              label="Find friends again"
              onPress={() => dispatch({ type: "explain" })}
              plain
            />
          </Buttons>
        </Card>
      )}
      {screen.step === "finding" && (
        <Progress {...words.progressOf(screen)} onCancel={actions.cancel} />
      )}
      {words.newsOf(screen).map(({ text, userIds }) => (
        <Card key={text} tone="news">
          <View accessibilityLiveRegion="polite">
            <Title>{text}</Title>
          </View>
          <Buttons>
            <Button label="OK" onPress={() => dispatch({ type: "seen", userIds })} plain />
          </Buttons>
        </Card>
      ))}
      {screen.step === "showing" && unnamed !== null && <Words quiet>{unnamed}</Words>}
      {words.noticesOf(screen, new Date()).map((notice) => (
        <NoticeCard key={notice.kind} notice={notice} actions={noticeActions} />
      ))}
    </View>
  );

  // Before access was given as well: it may have been taken back, and what was sent is still there.
  const footer = (screen.step === "showing" || screen.step === "explaining") && (
    <View style={styles.stack}>
      <Button label="Forget my contacts" onPress={actions.forget} plain />
    </View>
  );

  return (
    <SectionList
      style={{ backgroundColor: ground }}
      contentContainerStyle={{
        padding: 16,
        paddingTop: insets.top + 16,
        paddingBottom: insets.bottom + 16,
      }}
      sections={sections}
      keyExtractor={({ key }) => key}
      ListHeaderComponent={header}
      ListFooterComponent={footer || null}
      renderSectionHeader={({ section }) => (
        <View style={[styles.heading, { backgroundColor: ground }]}>
          <Title>{section.title}</Title>
        </View>
      )}
      renderItem={({ item }) => (
        <Row
          name={item.name}
          detail={item.detail}
          action={item.canInvite && <Button label="Invite" onPress={invite} plain />}
        />
      )}
      refreshing={false}
      onRefresh={actions.refresh}
    />
  );
}

function Progress(props: { text: string; share: number | null; onCancel: () => void }) {
  return (
    <Card>
      <Words>{props.text}</Words>
      <Bar share={props.share} />
      <Buttons>
        <Button label="Cancel" onPress={props.onCancel} plain />
      </Buttons>
    </Card>
  );
}

/** The phone's own share sheet: the app learns neither whom nor by which way. */
async function invite(): Promise<void> {
  await Share.share({ message: words.inviteText(APP_URL) });
}

function sectionsOf(
  screen: Parameters<typeof words.friendRows>[0],
): { title: string; data: Item[] }[] {
  const friends = words.friendRows(screen).map(({ userId, name, numbers }) => ({
    key: userId,
    name,
    detail: numbers.join(", "),
    canInvite: false,
  }));
  const invites = words.inviteRows(screen).map(({ id, name, number }) => ({
    key: `card ${id}`,
    name,
    detail: number,
    canInvite: true,
  }));
  const unread = words.rejectedRows(screen).map(({ name, number, why }, position) => ({
    key: `unread ${position}`,
    name: `${name} · ${number}`,
    detail: why,
    canInvite: false,
  }));
  return [
    { title: words.people(friends.length, "friend is here", "friends are here"), data: friends },
    { title: "Not here yet", data: invites },
    {
      title: words.people(unread.length, "number was not read", "numbers were not read"),
      data: unread,
    },
  ].filter(({ data }) => data.length > 0);
}

const styles = StyleSheet.create({
  stack: { gap: 12, paddingBottom: 12 },
  heading: { paddingBottom: 4, paddingTop: 16 },
});
