/* Live refresh of a page whose main element says data-live="seconds": it asks for the same address again and changes only what
   differs (idiomorph), so that focus, scroll position, open details and typed text stay where they are. */
(() => {
  const main = document.getElementById("content");
  const seconds = Number(main?.dataset.live);
  if (!seconds) return;
  const key = "vectora.live";
  const isOn = () => localStorage.getItem(key) !== "off";
  let timer;
  let asking = false;
  let isOver = false; // what is shown will not change any more

  const say = (text, wrong = false) => {
    for (const place of document.querySelectorAll("[data-live-said]")) place.textContent = text;
    const messages = document.getElementById("messages");
    messages.replaceChildren();
    if (!wrong) return;
    const note = document.createElement("p");
    note.className = "message failed";
    note.textContent = text;
    if (wrong === "login") {
      const link = document.createElement("a");
      link.href = document.body.dataset.login;
      link.dataset.leaves = "here";
      link.textContent = " Log in to Airflow";
      note.append(link);
    }
    messages.append(note);
  };

  const refresh = async () => {
    if (asking || document.hidden) return;
    asking = true;
    try {
      const answer = await fetch(location.href, { credentials: "same-origin", headers: { Accept: "text/html" } });
      if (answer.status === 401) return say("your session has ended.", "login");
      if (!answer.ok) return say(`the last refresh failed (${answer.status}); what you see is older`, true);
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("content");
      if (!fresh) return say("what answered is not this page; what you see is older", true);
      Idiomorph.morph(main, [...fresh.childNodes], { morphStyle: "innerHTML", ignoreActiveValue: true, callbacks: {
        beforeAttributeUpdated: (name, node) => !(name === "open" && node.tagName === "DETAILS"),
        beforeNodeMorphed: (node) => !(node.nodeType === 1 && node.matches("form[data-filter], form[data-action], [data-live-switch]")),
      } });
      isOver = !fresh.dataset.live;
      document.dispatchEvent(new Event("vectora:changed"));
      say("");
    } catch {
      say("the server does not answer; what you see is older", true);
    } finally {
      asking = false;
    }
  };

  const arrange = () => {
    clearInterval(timer);
    for (const box of document.querySelectorAll("[data-live-switch]")) box.checked = isOn();
    if (isOn() && !isOver) timer = setInterval(refresh, seconds * 1000);
  };
  document.addEventListener("change", (event) => {
    if (!event.target.matches("[data-live-switch]")) return;
    localStorage.setItem(key, event.target.checked ? "on" : "off");
    arrange();
    if (event.target.checked) refresh();
  });
  document.addEventListener("visibilitychange", () => { if (!document.hidden && isOn()) refresh(); });
  document.addEventListener("vectora:changed", arrange);
  window.addEventListener("vectora:refresh", refresh);
  arrange();
})();
