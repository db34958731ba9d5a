/* A work order: its timer runs between two beats, coordinates are copied, paper is asked for, and a
   step that could not be sent says so. */
(function () {
  "use strict";
  var root = document.documentElement;

  /* ---- the timer: by the clock of the facts, whose pace the server's answers tell ---- */
  var told = null, pace = 1;

  function left() { return document.querySelector("[data-due]"); }

  function beat(box) {
    var drawn = { now: Number(box.dataset.now), here: performance.now() / 1000 };
    var said = window.foresite.told;
    told = told || drawn;
    if (said && said.here - told.here > 0.5) {
      pace = Math.max(0, Math.min(3600, (said.now - told.now) / (said.here - told.here)));
      // Told in whole seconds: what is nearly the machine's pace is the machine's.
      if (Math.abs(pace - 1) < 0.3) { pace = 1; }
      told = said;
    }
  }

  function words(seconds, texts) {
    var minutes = Math.floor(Math.abs(seconds) / 60);
    var days = Math.floor(minutes / 1440), hours = Math.floor(minutes / 60), rest = minutes % 60;
    if (days >= 2) { return texts.days.replace("{d}", days).replace("{h}", hours % 24); }
    if (hours) {
      return texts.hours.replace("{h}", hours).replace("{m}", (rest < 10 ? "0" : "") + rest);
    }
    return texts.minutes.replace("{m}", rest);
  }

  setInterval(function () {
    var box = left();
    if (!box || document.hidden) { return; }
    beat(box);
    var now = told.now + pace * (performance.now() / 1000 - told.here);
    var seconds = Number(box.dataset.due) - now, over = seconds <= 0;
    var text = box.dataset[over ? "late" : "left"].replace("{time}", words(seconds, box.dataset));
    if (box.textContent !== text) { box.textContent = text; }
    box.parentElement.classList.toggle("late", over);
  }, 1000);

  /* ---- copy ---- */
  function copied(button, done) {
    var before = button.dataset.label || button.textContent;
    button.dataset.label = before;
    button.textContent = done ? button.dataset.done : button.dataset.failed;
    setTimeout(function () { button.textContent = before; }, 2500);
  }

  function copy(button) {
    var text = button.dataset.copy;
    if (navigator.clipboard) {
      navigator.clipboard.writeText(text).then(
        function () { copied(button, true); }, function () { copied(button, false); });
      return;
    }
    /* Pages that came without TLS have no clipboard: the old way. */
    var area = document.createElement("textarea");
    area.value = text;
    document.body.appendChild(area);
    area.select();
    var done = false;
    try { done = document.execCommand("copy"); } catch (_) { done = false; }
    area.remove();
    copied(button, done);
  }

  /* ---- paper: dark on white ---- */
  function paper() {
    var before = window.location.pathname + window.location.search;
    var map = document.querySelector(".order-map"), drawn = map && map.src;
    if (root.dataset.theme === "light") { window.print(); return; }
    var query = new URLSearchParams(window.location.search);
    query.set("theme", "light");
    window.foresite.go(window.location.pathname + "?" + query);
    var tries = 60;
    (function wait() {
      var now = document.querySelector(".order-map");
      var ready = root.dataset.theme === "light" && (!drawn || (now && now.src !== drawn && now.complete));
      tries -= 1;
      if (!ready && tries > 0) { setTimeout(wait, 100); return; }
      window.print();
      window.foresite.go(before);
    })();
  }

  /* A card of its own size, in the largest type with which all of it stands on one sheet; other
     pages keep theirs (assets/print.css). */
  var sheet = null, ROOM_MM = 188, LARGEST_PT = 9, LEAST_PT = 5.5;

  function fit() {
    var main = document.querySelector(".order-main"), px = 96 / 25.4;
    for (var pt = LARGEST_PT; pt >= LEAST_PT; pt -= 0.25) {
      root.style.setProperty("--card", pt + "pt");
      if (main.getBoundingClientRect().height <= ROOM_MM * px) { return; }
    }
  }

  window.addEventListener("beforeprint", function () {
    if (!document.querySelector(".order-page") || sheet) { return; }
    sheet = document.createElement("style");
    sheet.textContent = "@page { size: A5 portrait; margin: 7mm; }";
    document.head.appendChild(sheet);
    root.dataset.print = "on";
    fit();
  });
  window.addEventListener("afterprint", function () {
    if (sheet) { sheet.remove(); }
    sheet = null;
    root.style.removeProperty("--card");
  });

  document.addEventListener("click", function (event) {
    if (!(event.target instanceof Element)) { return; }
    var button = event.target.closest(".order-copy");
    if (button) { copy(button); }
    if (event.target.closest(".order-print")) { paper(); }
    if (event.target.closest(".order-do")) {
      pending = true;
      say("sending", "sending");
    }
  });

  /* One question at a time. */
  document.addEventListener("toggle", function (event) {
    var opened = event.target;
    if (!(opened instanceof Element) || !opened.matches(".order-unfolds") || !opened.open) { return; }
    document.querySelectorAll(".order-unfolds[open]").forEach(function (one) {
      if (one !== opened) { one.open = false; }
    });
    opened.scrollIntoView({ block: "nearest" });
  }, true);

  /* ---- what is being sent, and what could not be ---- */
  var pending = false;

  function say(what, tone) {
    var box = document.getElementById("order-said");
    if (!box) { return; }
    window.dash_clientside.set_props("order-said",
      { children: box.dataset[what], className: ("order-said " + tone).trim() });
  }

  new MutationObserver(function (changes) {
    var answered = changes.some(function (one) {
      return one.target.id === "order-said" && /done|failed/.test(one.target.className);
    });
    if (answered) { pending = false; }
  }).observe(document.documentElement, { attributes: true, attributeFilter: ["class"], subtree: true });

  window.addEventListener("foresite-missed", function (event) {
    if (!pending) { return; }
    event.preventDefault();
    /* After the word that it is being sent, which may still be on its way to the page. */
    setTimeout(function () { say("lost", "failed"); }, 50);
  });
})();
