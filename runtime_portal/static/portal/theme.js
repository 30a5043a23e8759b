// Runs before the first paint. Django admin keeps its choice under the same key.
(() => {
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const apply = () => {
    let chosen = null;
    try {
      chosen = localStorage.getItem("theme");
    } catch {
      // Storage may be closed to us; the system's choice stands then.
    }
    const fallback = dark.matches ? "dark" : "light";
    root.dataset.bsTheme = chosen === "dark" || chosen === "light" ? chosen : fallback;
  };
  root.classList.add("js");
  apply();
  dark.addEventListener("change", apply);
  addEventListener("storage", apply);
})();
