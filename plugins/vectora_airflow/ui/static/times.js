/* Times in the reader's zone: the one chosen in Airflow, else the browser's. UTC stays in the title, and without this script. */
(() => {
  const zone = () => {
    let chosen;
    try { chosen = JSON.parse(localStorage.getItem("timezone") ?? "null"); } catch { chosen = localStorage.getItem("timezone"); }
    try {
      return new Intl.DateTimeFormat("en", { timeZone: chosen || undefined }).resolvedOptions().timeZone;
    } catch {
      return undefined;
    }
  };

  const say = (within) => {
    const format = new Intl.DateTimeFormat("en-CA", {
      timeZone: zone(), hourCycle: "h23", timeZoneName: "short",
      year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit",
    });
    for (const time of within.querySelectorAll("time[datetime]")) {
      const moment = new Date(time.dateTime);
      if (Number.isNaN(moment.getTime())) continue;
      const part = Object.fromEntries(format.formatToParts(moment).map(({ type, value }) => [type, value]));
      const text = `${part.year}-${part.month}-${part.day} ${part.hour}:${part.minute} ${part.timeZoneName}`;
      if (time.textContent !== text) time.textContent = text;
    }
  };

  say(document);
  document.addEventListener("vectora:changed", () => say(document));
})();
