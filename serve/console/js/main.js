// Begins: theme, keys, the session if one is open, then the page that the address names.

import { get, logOut, resume } from "./api.js";
import { h, put } from "./dom.js";
import { t } from "./i18n.js";
import { watchHealth } from "./health.js";
import { bind, listen } from "./keys.js";
import { follow } from "./live.js";
import { PAGES, go, home, place, to } from "./router.js";
import { may, me, setMe } from "./session.js";
import { failure, loading } from "./ui/states.js";
import { logInPage } from "./pages/login.js";
import { shell } from "./shell.js";
import { startTheme } from "./theme.js";

const app = document.getElementById("app");
let frame = null;
let leaving = null;
let following = null;

async function start() {
  startTheme();
  listen();
  put(app, loading());
  for (const event of ["vigia:closed", "vigia:language"]) window.addEventListener(event, redraw);
  window.addEventListener("hashchange", show);
  goKeys();
  try {
    setMe(await resume());
  } catch (error) {
    put(app, failure(error, () => location.reload()));
    return;
  }
  watchHealth();
  begin();
}

function begin() {
  if (!me()) return showLogIn();
  following?.abort();
  if (may("infractions.read")) {
    following = new AbortController();
    follow(following.signal);
  }
  frame = shell({ leave });
  put(app, frame.node);
  return show();
}

function redraw(event) {
  if (event.type === "vigia:closed") {
    following?.abort();
    setMe(null);
  }
  if (!me()) return showLogIn(event.type === "vigia:closed");
  leaving?.abort();
  frame.close();
  frame = shell({ leave });
  put(app, frame.node);
  return show();
}

function showLogIn(ended = false) {
  leaving?.abort();
  leaving = new AbortController();
  document.title = `${t("login.title")} · Vigía`;
  logInPage(app, { ended, signal: leaving.signal, done: (user) => { setMe(user); begin(); } });
}

async function leave(everywhere = false) {
  await logOut({ everywhere }).catch(() => {});
  following?.abort();
  setMe(null);
  showLogIn();
}

async function show() {
  if (!me()) return;
  const { page, id, query } = place();
  if (!page || !may(page.needs)) {
    go(home());
    return;
  }
  leaving?.abort();
  leaving = new AbortController();
  const { signal } = leaving;
  const root = h("div", { class: `page page-${page.name}` });
  const ctx = {
    root, id, signal, query, get,
    keys: (table) => bind(table, signal),
    setQuery: (values) => { ctx.query = values; history.replaceState(null, "", to(page.name, id, values)); },
    title: (text) => { document.title = `${text} · Vigía`; },
  };
  document.querySelectorAll("dialog[open]").forEach((box) => box.close());
  frame.enter(page, root);
  ctx.title(t(`page.${page.under ?? page.name}`));
  try {
    await page.render(ctx);
  } catch (error) {
    if (!signal.aborted) put(root, failure(error, show));
  }
}

function goKeys() {
  let armed = 0;
  bind({
    g: { label: t("key.go"), act: () => { armed = Date.now(); } },
    "?": { label: t("key.help"), act: () => me() && go("help") },
    "/": { label: t("key.search"), act: () => (document.querySelector("main input") ?? document.body).focus() },
  });
  document.addEventListener("keydown", (event) => {
    if (Date.now() - armed > 1200 || event.key === "g" || !me()) return;
    armed = 0;
    const page = PAGES.find((entry) => entry.key === event.key.toLowerCase());
    if (!page || !may(page.needs)) return;
    event.preventDefault();
    event.stopPropagation();
    go(page.name);
  }, true);
}

start();
