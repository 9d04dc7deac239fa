import { useColorScheme } from "react-native";

export interface Colours {
  readonly ground: string;
  readonly card: string;
  readonly text: string;
  readonly quiet: string;
  readonly line: string;
  readonly accent: string;
  readonly onAccent: string;
  readonly news: string;
  readonly alert: string;
}

const LIGHT: Colours = {
  ground: "#f6f5f2",
  card: "#ffffff",
  text: "#1c1b19",
  quiet: "#5f5b55",
  line: "#e2dfd9",
  accent: "#0b6b54",
  onAccent: "#ffffff",
  news: "#e3f3ec",
  alert: "#fbeadf",
};

const DARK: Colours = {
  ground: "#141513",
  card: "#1f211e",
  text: "#f1efea",
  quiet: "#aaa69e",
  line: "#343731",
  accent: "#6fd3b3",
  onAccent: "#07261d",
  news: "#173228",
  alert: "#3a2a1f",
};

export function useColours(): Colours {
  return useColorScheme() === "dark" ? DARK : LIGHT;
}
