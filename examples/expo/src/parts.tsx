// The few parts that the screen is made of. They know nothing of friends.
import type { ReactNode } from "react";
import { Pressable, StyleSheet, Text, View } from "react-native";
import { useColours } from "./colours.ts";

export function Card({
  children,
  tone = "card",
}: {
  children: ReactNode;
  tone?: "card" | "news" | "alert";
}) {
  const colours = useColours();
  return (
    <View style={[styles.card, { backgroundColor: colours[tone], borderColor: colours.line }]}>
      {children}
    </View>
  );
}

export function Title({ children }: { children: string }) {
  const { text } = useColours();
  return (
    <Text accessibilityRole="header" style={[styles.title, { color: text }]}>
      {children}
    </Text>
  );
}

export function Words({ children, quiet = false }: { children: string; quiet?: boolean }) {
  const colours = useColours();
  return (
    <Text style={[styles.words, { color: quiet ? colours.quiet : colours.text }]}>{children}</Text>
  );
}

export function Button(props: { label: string; onPress: () => void; plain?: boolean }) {
  const { label, onPress, plain = false } = props;
  const { accent, onAccent } = useColours();
  return (
    <Pressable
      accessibilityRole="button"
      onPress={onPress}
      style={({ pressed }) => [
        styles.button,
        { backgroundColor: plain ? "transparent" : accent, borderColor: accent },
        pressed && styles.pressed,
      ]}
    >
      <Text style={[styles.label, { color: plain ? accent : onAccent }]}>{label}</Text>
    </Pressable>
  );
}

export function Buttons({ children }: { children: ReactNode }) {
  return <View style={styles.buttons}>{children}</View>;
}

/** `share` null: it is not known how far it is. */
export function Bar({ share }: { share: number | null }) {
  const { accent, line } = useColours();
  const width = `${Math.round((share ?? 0) * 100)}%` as const;
  return (
    <View
      accessibilityRole="progressbar"
      accessibilityValue={share === null ? {} : { min: 0, max: 100, now: Math.round(share * 100) }}
      style={[styles.bar, { backgroundColor: line }]}
    >
      <View style={[styles.filled, { backgroundColor: accent, width }]} />
    </View>
  );
}

export function Row(props: { name: string; detail: string; action?: ReactNode }) {
  const { name, detail, action } = props;
  const { line, text, quiet } = useColours();
  return (
    <View style={[styles.row, { borderColor: line }]}>
      <View style={styles.grow}>
        <Text style={[styles.words, { color: text }]} numberOfLines={1}>
          {name}
        </Text>
        <Text style={[styles.detail, { color: quiet }]} numberOfLines={1}>
          {detail}
        </Text>
      </View>
      {action}
    </View>
  );
}

const styles = StyleSheet.create({
  card: { borderRadius: 16, borderWidth: StyleSheet.hairlineWidth, gap: 10, padding: 16 },
  title: { fontSize: 18, fontWeight: "600" },
  words: { fontSize: 16, lineHeight: 22 },
  detail: { fontSize: 14, lineHeight: 20 },
  buttons: { flexDirection: "row", flexWrap: "wrap", gap: 8, marginTop: 4 },
  button: {
    borderRadius: 12,
    borderWidth: 1,
    justifyContent: "center",
    minHeight: 44,
    paddingHorizontal: 16,
  },
  pressed: { opacity: 0.7 },
  label: { fontSize: 16, fontWeight: "600", textAlign: "center" },
  bar: { borderRadius: 3, height: 6, overflow: "hidden" },
  filled: { height: 6 },
  row: {
    alignItems: "center",
    borderBottomWidth: StyleSheet.hairlineWidth,
    flexDirection: "row",
    gap: 12,
    minHeight: 60,
    paddingVertical: 8,
  },
  grow: { flex: 1 },
});
