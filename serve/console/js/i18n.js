// Every string a person reads goes through t(); one dictionary per language, with the same keys.

import { en } from "./lang/en.js";
import { es } from "./lang/es.js";

const BOOKS = { es, en };
const KEPT = "vigia.language";

let language = BOOKS[localStorage.getItem(KEPT)] ? localStorage.getItem(KEPT) : "es";
document.documentElement.lang = language;

/** The current language: "es" or "en". */
export function lang() {
  return language;
}

/** The locale that dates and numbers are written in. */
export function locale() {
  return language === "es" ? "es-PE" : "en-GB";
}

/** The text of a key in the current language, `{name}` replaced. */
export function t(key, values = {}) {
  return write(BOOKS[language], key, values);
}

/** The text of a key in Spanish: what enters the record keeps the law's language. */
export function inSpanish(key, values = {}) {
  return write(es, key, values);
}

/** The text of prefix.code, or the code itself where the dictionary does not know it. */
export function named(prefix, code) {
  const key = `${prefix}.${code}`;
  return code && key in BOOKS[language] ? t(key) : String(code ?? "");
}

/** Switches the language and tells the shell. */
export function setLang(next) {
  language = next;
  localStorage.setItem(KEPT, next);
  document.documentElement.lang = next;
  window.dispatchEvent(new Event("vigia:language"));
}

function write(book, key, values) {
  const text = book[key];
  if (text === undefined) {
    console.warn(`no text for ${key}`);
    return key;
  }
  return text.replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ""));
}
