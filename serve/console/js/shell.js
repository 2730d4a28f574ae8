// The frame around every page: menu, language, theme, how the link is, who is at work.

import { get } from "./api.js";
import { h, put } from "./dom.js";
import { lang, named, setLang, t } from "./i18n.js";
import { icon } from "./icons.js";
import { linkState } from "./link.js";
import { PAGES, to } from "./router.js";
import { may, me } from "./session.js";
import { switchTheme, theme } from "./theme.js";
import { itemsOf } from "./ui/listing.js";

/** Builds the frame; enter(page, root) shows a page in it, close() lets go of listeners. */
export function shell({ leave }) {
  const ending = new AbortController();
  const { signal } = ending;
  const main = h("main", { id: "main", tabindex: "-1" });
  const menu = h("nav", { class: "menu", id: "menu", "aria-label": t("shell.menu") });
  const state = h("span", { class: "link-state", role: "status" });
  const banner = h("div", {});
  const links = PAGES.filter((page) => page.icon && may(page.needs)).map((page) => [page, menuLink(page)]);
  menu.append(...links.map(([, link]) => link));
  const node = h("div", { class: "shell" },
    h("a", { class: "skip", href: "#main", on: { click: (event) => { event.preventDefault(); main.focus(); } } }, t("shell.skip")),
    topbar(menu, state, leave), menu, main);

  const tellLink = () => showLink(state, banner);
  window.addEventListener("vigia:link", tellLink, { signal });
  window.addEventListener("vigia:notices", () => countNotices(links), { signal });
  tellLink();
  countNotices(links);

  return {
    node,
    enter(page, root) {
      for (const [entry, link] of links) {
        if (entry.name === (page.under ?? page.name)) link.setAttribute("aria-current", "page");
        else link.removeAttribute("aria-current");
      }
      node.dataset.page = page.name;
      menu.dataset.open = "false";
      put(main, banner, root);
      main.focus({ preventScroll: true });
      window.scrollTo(0, 0);
    },
    close: () => ending.abort(),
  };
}

function menuLink(page) {
  return h("a", { href: to(page.name), title: t(`page.${page.name}`) }, icon(page.icon), h("span", {}, t(`page.${page.name}`)));
}

function topbar(menu, state, leave) {
  const toggle = h("button", { class: "button quiet icon menu-toggle", type: "button", "aria-label": t("shell.menu"), "aria-controls": "menu", "aria-expanded": "false" }, icon("menu"));
  toggle.addEventListener("click", () => {
    const open = menu.dataset.open !== "true";
    menu.dataset.open = String(open);
    toggle.setAttribute("aria-expanded", String(open));
  });
  return h("header", { class: "topbar" }, toggle,
    h("a", { class: "brand", href: "#/" }, brandMark(), "Vigía"),
    state, h("span", { class: "spacer" }), languageSwitch(), themeSwitch(),
    h("div", { class: "who" }, h("b", {}, me().full_name || me().username), h("span", {}, named("role", me().role))),
    h("button", { class: "button quiet icon", type: "button", "aria-label": t("shell.leave"), title: t("shell.leave"), on: { click: () => leave() } }, icon("leave")));
}

function brandMark() {
  return h("img", { src: "icon.svg", alt: "", width: "26", height: "26" });
}

/** The button that turns to the other language. */
export function languageSwitch() {
  const other = lang() === "es" ? "en" : "es";
  return h("button", { class: "button quiet small", type: "button", lang: other, on: { click: () => setLang(other) } }, t("shell.language"));
}

/** The button that turns to the other theme. */
export function themeSwitch() {
  const node = h("button", { class: "button quiet icon", type: "button" });
  const draw = () => {
    const name = theme() === "dark" ? t("shell.light") : t("shell.dark");
    node.setAttribute("aria-label", name);
    node.title = name;
    put(node, icon(theme() === "dark" ? "sun" : "moon"));
  };
  node.addEventListener("click", () => { switchTheme(); draw(); });
  draw();
  return node;
}

function showLink(state, banner) {
  const { reachable, live, parts } = linkState();
  const name = !reachable ? "offline" : live;
  state.dataset.state = name;
  put(state, h("span", {}, t(`link.${name}`)));
  const offline = h("div", { class: "banner", dataset: { kind: "offline" }, role: "alert" }, icon("cloud"), t("link.banner.offline"));
  const weak = h("div", { class: "banner", role: "status" }, icon("alert"),
    t("link.banner.degraded", { parts: parts.map((part) => named("part", part)).join(", ") }));
  put(banner, !reachable ? offline : parts.length ? weak : null);
}

async function countNotices(links) {
  const link = links.find(([page]) => page.name === "notifications")?.[1];
  if (!link) return;
  const data = await get("/notifications", { limit: 100 }).catch(() => null);
  const unread = data ? itemsOf(data).filter((notice) => !notice.is_read).length : 0;
  link.querySelector(".count")?.remove();
  if (unread) link.append(h("span", { class: "count" }, unread > 99 ? "99+" : unread, h("span", { class: "unseen" }, t("shell.unread"))));
}
