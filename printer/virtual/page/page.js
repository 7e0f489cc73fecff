"use strict";
// The page of the virtual printer: shows the state that the printer sends, and sends back what is switched.
(function () {
  const boot = JSON.parse(document.getElementById("boot").textContent);
  const faults = document.getElementById("faults");
  const newest = document.getElementById("newest");
  const tray = document.getElementById("tray");
  const clock = new Intl.DateTimeFormat(boot.language, { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false });
  const SILENCE_MS = 12000; // the printer sends a state every five seconds at least

  let shown = null; // when the ticket in the slot was cut; "" with none, null before the first state
  let heard = new Date();
  let told = null; // the faults that the printer told last
  let underWay = 0; // switches that it has not answered yet

  function say(key, values) {
    return boot.texts[key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
  }

  for (const bytes of [1, 2000, 20000]) {
    const option = new Option(say("drop_bytes", { bytes: bytes.toLocaleString(boot.language) }), String(bytes));
    faults.elements.drop_after.append(option);
  }

  function stateOf(now) {
    if (now.off) return ["off", "state_off"];
    if (now.unreachable) return ["bad", "state_unreachable"];
    if (now.refuse) return ["bad", "state_refusing"];
    if (now.stall) return ["bad", "state_stalled"];
    if (now.cover_open) return ["bad", "state_cover"];
    if (now.paper === "out") return ["bad", "state_out"];
    if (now.cutter !== "ok") return ["bad", "state_cutter"];
    if (now.busy) return ["fair", "state_busy"];
    if (now.paper === "near_end") return ["fair", "state_near"];
    return ["good", "state_ready"];
  }

  function showState(kind, words) {
    document.body.dataset.state = kind;
    const place = document.getElementById("state");
    if (place.textContent !== words) place.textContent = words;
  }

  function showFaults() {
    if (underWay || !told) return; // what is told meanwhile does not know yet what was switched
    const now = told;
    for (const field of faults.elements) {
      if (field.type === "radio") field.checked = now[field.name] === field.value;
      else if (field.type === "checkbox") field.checked = now[field.name];
      else if (field.tagName === "SELECT") field.value = now[field.name] === null ? "" : String(now[field.name]);
    }
  }

  function picture(ticket) {
    const words = say("ticket", { serial: ticket.serial, time: clock.format(new Date(ticket.at)) });
    const link = document.createElement("a");
    link.href = "/tickets/" + ticket.serial + ".png";
    link.target = "_blank";
    link.className = "paper";
    const image = document.createElement("img");
    image.src = link.href;
    image.width = ticket.width;
    image.height = ticket.height;
    image.alt = words + " (" + boot.texts.open + ")";
    link.append(image);
    return link;
  }

  function showTickets(tickets) {
    const first = tickets[0];
    document.getElementById("empty").hidden = Boolean(first);
    const cut = first ? first.at : "";
    if (cut === shown) return;
    // Paper that was there before the page was opened lies there; only new paper comes out.
    const comesOut = shown !== null && cut > shown;
    for (const old of newest.querySelectorAll(".paper")) old.remove();
    if (first) {
      const paper = picture(first);
      if (comesOut) {
        paper.classList.add("coming");
        document.getElementById("spoken").textContent = say("came_out", { serial: first.serial });
      }
      newest.append(paper);
    }
    const earlier = tickets.slice(1).map((ticket) => {
      const item = document.createElement("li");
      item.value = ticket.serial;
      const time = document.createElement("time");
      time.dateTime = ticket.at;
      time.textContent = clock.format(new Date(ticket.at));
      item.append(picture(ticket), time);
      return item;
    });
    while (tray.firstChild) tray.firstChild.remove();
    tray.append(...earlier);
    document.querySelector(".earlier").hidden = earlier.length === 0;
    shown = cut;
  }

  function show(state) {
    heard = new Date();
    const [kind, key] = stateOf(state.faults);
    showState(kind, boot.texts[key]);
    told = state.faults;
    showFaults();
    showTickets(state.tickets);
  }

  async function send(changes) {
    const failed = document.getElementById("failed");
    underWay += 1;
    try {
      const answer = await fetch("/faults", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(changes),
      });
      if (!answer.ok) throw new Error(String(answer.status));
      show(await answer.json());
      failed.textContent = "";
    } catch (error) {
      failed.textContent = boot.texts.failed;
    }
    underWay -= 1;
    showFaults();
  }

  faults.addEventListener("submit", (event) => event.preventDefault());
  faults.addEventListener("change", (event) => {
    const field = event.target;
    let value = field.value;
    if (field.type === "checkbox") value = field.checked;
    else if (field.name === "drop_after") value = field.value === "" ? null : Number(field.value);
    send({ [field.name]: value });
  });
  document.getElementById("reset").addEventListener("click", () => {
    const right = { paper: "ok", cutter: "ok", answers: "all", drop_after: null };
    for (const field of faults.elements) if (field.type === "checkbox") right[field.name] = false;
    send(right);
  });

  document.querySelector(".earlier").hidden = true;
  const events = new EventSource("/events");
  events.onmessage = (event) => show(JSON.parse(event.data));
  setInterval(() => {
    if (Date.now() - heard.getTime() < SILENCE_MS) return;
    showState("off", boot.texts.state_off + ". " + say("off_since", { time: clock.format(heard) }));
  }, 1000);
})();
