/* Forms that start something: what was typed goes as JSON to Airflow's own API, with the session and the permission of the user.
   <form data-action="trigger" data-address="…/dagRuns" data-run="…/runs/">; every field says its type by data-type. */
(() => {
  const VALUES = {
    list: (field) => field.value.split(/[\n,]/).map((one) => one.trim()).filter(Boolean),
    integer: (field) => (field.value.trim() === "" ? null : Number.parseInt(field.value, 10)),
    number: (field) => (field.value.trim() === "" ? null : Number.parseFloat(field.value)),
    boolean: (field) => field.checked,
    string: (field) => field.value.trim() || null,
  };

  const conf = (form) => {
    const found = {};
    for (const field of form.querySelectorAll("[data-type]")) {
      const value = VALUES[field.dataset.type](field);
      if (value !== null && !(Array.isArray(value) && value.length === 0)) found[field.name] = value;
    }
    return found;
  };

  const say = (form, kind, text, address, linkText) => {
    const place = form.querySelector("[data-said]");
    place.className = `message ${kind}`;
    place.textContent = text;
    if (!address) return;
    const link = document.createElement("a");
    link.href = address;
    link.dataset.leaves = "here";
    link.textContent = linkText;
    place.append(" ", link);
  };

  const reason = (body) => {
    if (typeof body?.detail === "string") return body.detail;
    if (Array.isArray(body?.detail)) return body.detail.map((one) => one.msg).join("; ");
    return body?.detail ? JSON.stringify(body.detail) : "no reason was given";
  };

  const trigger = async (form) => {
    const answer = await fetch(form.dataset.address, {
      method: "POST",
      credentials: "same-origin",
      headers: { "Content-Type": "application/json", Accept: "application/json" },
      body: JSON.stringify({ logical_date: null, conf: conf(form) }),
    });
    const body = await answer.json().catch(() => null);
    if (answer.ok) return say(form, "succeeded", `Run ${body.dag_run_id} has been queued.`, form.dataset.run + encodeURIComponent(body.dag_run_id), "Open it in Airflow");
    if (answer.status === 401 || body?.detail === "Invalid JWT token") return say(form, "failed", "Your session has ended.", document.body.dataset.login, "Log in to Airflow");
    if (answer.status === 403) return say(form, "failed", "You may not trigger runs of this DAG: ask an administrator of Airflow.");
    return say(form, "failed", `Airflow refused (${answer.status}): ${reason(body)}`);
  };

  document.addEventListener("submit", async (event) => {
    const form = event.target.closest("form[data-action=trigger]");
    if (!form) return;
    event.preventDefault();
    const button = form.querySelector("button[type=submit]");
    button.disabled = true;
    say(form, "", "Asking Airflow …");
    try {
      await trigger(form);
    } catch {
      say(form, "failed", "Airflow does not answer; nothing is known to have been started. Look at its list of runs, then try again.");
    } finally {
      button.disabled = false;
    }
  });
})();
