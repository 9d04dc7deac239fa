import { useEffect, useRef } from "preact/hooks";
import { Bar } from "./bar.tsx";
import { Health } from "./pages/health.tsx";
import { Overview } from "./pages/overview.tsx";
import { Settings } from "./pages/settings.tsx";
import { SignIn } from "./pages/sign-in.tsx";
import { Suspects } from "./pages/suspects.tsx";
import { User } from "./pages/user.tsx";
import { Users } from "./pages/users.tsx";
import { Webhooks } from "./pages/webhooks.tsx";
import { addressOf, PAGES, type Place, place } from "./service/route.ts";
import { key } from "./service/session.ts";

export function App() {
  if (key.value === undefined) return <SignIn />;
  return <SignedIn />;
}

function SignedIn() {
  const title = useRef<HTMLHeadingElement>(null);
  const { page, userId } = place.value;
  const name = nameOf(place.value);
  const isFirst = useRef(true);
  // Another page begins at its title, for whoever hears it as well.
  useEffect(() => {
    document.title = `${name} · contact-sync`;
    if (!isFirst.current) title.current?.focus();
    isFirst.current = false;
  }, [page, userId, name]);
  return (
    <>
      <button type="button" class="skip" onClick={() => title.current?.focus()}>
        Skip to the page
      </button>
      <Bar />
      <main>
        <h1 id="title" ref={title} tabIndex={-1}>
          {name}
        </h1>
        <Page {...place.value} />
      </main>
    </>
  );
}

const nameOf = ({ page, userId }: Place) =>
  page === undefined ? "Not found" : userId === undefined ? PAGES[page] : "User";

function Page({ page, userId }: Place) {
  if (page === "users")
    return userId === undefined ? <Users /> : <User key={userId} userId={userId} />;
  if (page === "overview") return <Overview />;
  if (page === "suspects") return <Suspects />;
  if (page === "webhooks") return <Webhooks />;
  if (page === "health") return <Health />;
  if (page === "settings") return <Settings />;
  return (
    <p>
      There is no such page. <a href={addressOf("overview")}>To the overview</a>
    </p>
  );
}
