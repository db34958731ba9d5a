/* The slider over the past. While it is dragged only its label changes; the address, and with it
   the picture, when it is released. */
(function () {
  "use strict";
  var foresite = (window.foresite = window.foresite || {});
  var REST_MS = 250, FRAME_MS = 1500;
  var playing = false, waiting = null, wanted = null, dragged = false;
  var asked = null; // the step whose picture is under way
  var refocus = null; // what had the focus, to have it again when the page has come

  function track() { return document.querySelector(".replay-track"); }

  function config() {
    var element = track();
    return element ? JSON.parse(element.dataset.config) : null;
  }

  /* Thumb and label stand at a step; nothing else changes yet. */
  function point(n, plan) {
    var thumb = track().querySelector(".replay-thumb");
    thumb.style.left = 100 * plan.middles[n] + "%";
    thumb.setAttribute("aria-valuenow", String(n));
    thumb.setAttribute("aria-valuetext", plan.labels[n]);
    document.querySelector(".replay-label").firstChild.nodeValue = plan.labels[n];
    wanted = n;
  }

  function go(n, plan) {
    rest();
    point(n, plan);
    if (n === (asked === null ? plan.here : asked)) {
      wanted = null;
      return;
    }
    asked = n;
    var query = new URLSearchParams(window.location.search);
    query.set("at", plan.moments[n]);
    var held = document.activeElement && document.activeElement.closest(".replay");
    refocus = held ? ".replay " + (held.querySelector(".replay-thumb:focus") ? ".replay-thumb" :
      '[data-replay="' + document.activeElement.dataset.replay + '"]') : null;
    foresite.glide(window.location.pathname + "?" + query.toString());
  }

  function bounded(n, plan) { return Math.min(Math.max(n, 0), plan.moments.length - 1); }

  /* Steps by key: the label at once, the picture when the key rests. */
  function move(n, plan) {
    point(bounded(n, plan), plan);
    rest();
    waiting = setTimeout(function () {
      if (wanted !== null && config()) { go(wanted, config()); }
    }, REST_MS);
  }

  function rest() {
    clearTimeout(waiting);
    waiting = null;
  }

  /* Where one is, or will be when the picture under way has come. */
  function now(plan) { return wanted !== null ? wanted : asked !== null ? asked : plan.here; }

  foresite.replay = {
    /* Steps forward (1) or back (-1); false when there is no replay. */
    step: function (by) {
      var plan = config();
      if (plan) { move(now(plan) + by, plan); }
      return Boolean(plan);
    },
  };

  function nearest(event, plan) {
    var box = track().getBoundingClientRect(), share = (event.clientX - box.left) / box.width;
    var best = 0;
    plan.middles.forEach(function (middle, n) {
      if (Math.abs(middle - share) < Math.abs(plan.middles[best] - share)) { best = n; }
    });
    return best;
  }

  document.addEventListener("pointerdown", function (event) {
    var on = event.target instanceof Element && event.target.closest(".replay-track");
    if (!on || event.button !== 0) { return; }
    stop();
    dragged = true;
    point(nearest(event, config()), config());
    on.querySelector(".replay-thumb").focus();
    event.preventDefault();
  });
  document.addEventListener("pointermove", function (event) {
    if (dragged && track()) { point(nearest(event, config()), config()); }
  });
  document.addEventListener("pointerup", function () {
    if (!dragged) { return; }
    dragged = false;
    if (track() && wanted !== null) { go(wanted, config()); }
  });
  document.addEventListener("pointercancel", function () {
    if (dragged && track()) {
      var plan = config();
      point(plan.here, plan);
      wanted = null;
    }
    dragged = false;
  });

  /* The first step of the day before or after. */
  function day(n, by, plan) {
    var starts = plan.days;
    if (by > 0) {
      var next = starts.find(function (start) { return start > n; });
      return next === undefined ? plan.moments.length - 1 : next;
    }
    var before = starts.filter(function (start) { return start < n; });
    return before.length ? before[before.length - 1] : 0;
  }

  document.addEventListener("keydown", function (event) {
    var on = event.target instanceof Element && event.target.closest(".replay-thumb");
    if (!on) { return; }
    var plan = config(), n = now(plan);
    var to = {
      ArrowRight: n + 1, ArrowUp: n + 1, ArrowLeft: n - 1, ArrowDown: n - 1,
      PageUp: day(n, 1, plan), PageDown: day(n, -1, plan), Home: 0, End: plan.moments.length - 1,
    }[event.key];
    if (to === undefined) { return; }
    stop();
    move(to, plan);
    event.preventDefault();
  }, true);

  /* ---- playing: a step, and the next one when its picture has come and been seen ---- */

  function sign() {
    var button = document.querySelector('[data-replay="play"]'), plan = config();
    if (!button || !plan) { return; }
    button.firstElementChild.className = playing ? "icon icon-pause" : "icon icon-play";
    button.title = playing ? plan.pause : plan.play;
    button.setAttribute("aria-label", button.title);
  }

  function stop() {
    playing = false;
    rest();
    sign();
  }

  function on() {
    var plan = config();
    if (!playing || !plan || plan.here >= plan.moments.length - 1) {
      stop();
      return;
    }
    go(plan.here + 1, plan);
  }

  document.addEventListener("click", function (event) {
    var button = event.target instanceof Element && event.target.closest("[data-replay]");
    if (!button) { return; }
    var does = button.dataset.replay, plan = config();
    if (does !== "play") {
      stop();
      foresite.replay.step(does === "next" ? 1 : -1);
    } else if (playing) {
      stop();
    } else {
      playing = true;
      sign();
      // From the newest one: the past from its beginning.
      if (plan.here >= plan.moments.length - 1) { go(0, plan); } else { on(); }
    }
  });

  /* What had the focus has it again, as soon as the new page stands. */
  function again(selector, tries) {
    var found = document.querySelector("#page " + selector);
    if (found && document.activeElement === document.body) {
      found.focus();
    } else if (tries > 0) {
      setTimeout(function () { again(selector, tries - 1); }, 50);
    }
  }

  (foresite.dressed = foresite.dressed || []).push(function () {
    if (!track()) { playing = false; }
    if (!dragged && waiting === null) { wanted = null; }
    asked = null;
    sign();
    if (refocus) { again(refocus, 20); }
    refocus = null;
    if (playing) {
      rest();
      waiting = setTimeout(on, FRAME_MS);
    }
  });
})();
