// Language and theme: what this device remembers, and what the document says about them.
import {createContext} from "../vendor/preact.js";
import {useContext, useEffect, useMemo, useState} from "../vendor/hooks.js";
import {words} from "./words.js";

/** @typedef {import("./words.js").Locale} Locale */
/** @typedef {import("./words.js").Words} Words */
/** @typedef {"dark" | "light" | "system"} Theme */
/**
 * @typedef {{
 *   t: Words, locale: Locale, theme: Theme,
 *   setLocale: (locale: Locale) => void, setTheme: (theme: Theme) => void,
 * }} Preferences
 */

const LOCALE = "greenroom.locale";
const THEME = "greenroom.theme";

/** A private window may refuse storage; the choice then lasts as long as the page.
 * @param {string} key
 */
const recall = (key) => {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
};

/** @param {string} key @param {string} value */
const remember = (key, value) => {
  try {
    localStorage.setItem(key, value);
  } catch {
    return;
  }
};

/** @returns {Locale} */
const firstLocale = () => {
  const kept = recall(LOCALE);
  if (kept === "en" || kept === "zh") return kept;
  return navigator.languages.find((tag) => /^(en|zh)\b/i.test(tag))?.toLowerCase().startsWith("zh") ? "zh" : "en";
};

/** @returns {Theme} */
const firstTheme = () => {
  const kept = recall(THEME);
  return kept === "light" || kept === "system" ? kept : "dark";
};

/** @param {Theme} theme @param {MediaQueryList} light */
const applyTheme = (theme, light) => {
  const resolved = theme === "system" ? (light.matches ? "light" : "dark") : theme;
  document.documentElement.dataset.theme = resolved;
};

/** Sets the theme before the first view is drawn, so that nobody sees the other one flash by. */
export const applyStoredTheme = () => applyTheme(firstTheme(), matchMedia("(prefers-color-scheme: light)"));

const Context = createContext(/** @type {Preferences | null} */ (null));
export const PreferencesProvider = Context.Provider;

/** @returns {Preferences} */
export const usePreferences = () => {
  const value = useContext(Context);
  if (value === null) throw new Error("usePreferences outside of PreferencesProvider");
  return value;
};

export const useWords = () => usePreferences().t;

/** @returns {Preferences} */
export const useStoredPreferences = () => {
  const [locale, setLocale] = useState(firstLocale);
  const [theme, setTheme] = useState(firstTheme);
  const t = useMemo(() => words(locale), [locale]);

  useEffect(() => {
    document.documentElement.lang = locale === "zh" ? "zh-CN" : "en";
  }, [locale]);

  useEffect(() => {
    const light = matchMedia("(prefers-color-scheme: light)");
    const gone = new AbortController();
    applyTheme(theme, light);
    light.addEventListener("change", () => applyTheme(theme, light), {signal: gone.signal});
    return () => gone.abort();
  }, [theme]);

  return useMemo(
    () => ({
      t,
      locale,
      theme,
      setLocale: (/** @type {Locale} */ next) => {
        remember(LOCALE, next);
        setLocale(next);
      },
      setTheme: (/** @type {Theme} */ next) => {
        remember(THEME, next);
        setTheme(next);
      },
    }),
    [t, locale, theme],
  );
};
