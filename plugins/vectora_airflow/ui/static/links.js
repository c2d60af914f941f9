/* Links that leave the frame: Airflow's sandbox blocks target=_blank and _top, the page around it may follow them. */
(() => {
  const around = () => {
    try { return window.parent !== window && window.parent.document ? window.parent : null; } catch { return null; }
  };

  // A link that stands in the page around the frame is followed by that page, as if it had been clicked there.
  const follow = (address, target) => {
    const link = around().document.createElement("a");
    link.href = address;
    link.target = target;
    link.rel = "noopener noreferrer";
    link.hidden = true;
    around().document.body.append(link);
    link.click();
    link.remove();
  };

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-leaves]");
    if (!link || event.defaultPrevented || !around()) return;
    if (!["http:", "https:"].includes(link.protocol)) { event.preventDefault(); return; }
    event.preventDefault();
    const tab = link.dataset.leaves === "tab" || event.ctrlKey || event.metaKey || event.shiftKey || event.button === 1;
    follow(link.href, tab ? "_blank" : "_self");
  });

  // Whatever takes time says so until the next page is there.
  const busy = () => document.getElementById("content")?.setAttribute("aria-busy", "true");
  document.addEventListener("submit", (event) => { if (!event.defaultPrevented && !event.target.dataset.action) busy(); });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href]:not([data-leaves])");
    if (link && !event.defaultPrevented && !event.ctrlKey && !event.metaKey && !link.getAttribute("href").startsWith("#")) busy();
  });
  window.addEventListener("pageshow", () => document.getElementById("content")?.removeAttribute("aria-busy"));

  // Lists of choices in a filter apply at once, as in Airflow; everything else waits for its button.
  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-filter]");
    if (form && event.target.matches("select, input[type=checkbox], input[type=radio]")) form.requestSubmit();
  });
})();
