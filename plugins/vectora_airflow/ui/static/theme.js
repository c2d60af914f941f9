/* Follows Airflow's light or dark theme: its <html class> around the frame, else what it stored, else what the system prefers. */
(() => {
  const root = document.documentElement;
  const outside = () => {
    try { return window.parent !== window ? window.parent.document.documentElement : null; } catch { return null; }
  };
  const stored = () => {
    try { return localStorage.getItem("theme"); } catch { return null; }
  };
  const dark = () => {
    const around = outside();
    if (around && (around.classList.contains("dark") || around.classList.contains("light"))) return around.classList.contains("dark");
    const said = stored();
    if (said === "dark" || said === "light") return said === "dark";
    return window.matchMedia("(prefers-color-scheme: dark)").matches;
  };
  const follow = () => {
    root.classList.toggle("dark", dark());
    root.classList.toggle("light", !dark());
  };
  follow();
  const around = outside();
  if (around) {
    root.classList.add("framed");
    new MutationObserver(follow).observe(around, { attributes: true, attributeFilter: ["class"] });
  } else {
    window.addEventListener("storage", follow);
    window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", follow);
  }
})();
