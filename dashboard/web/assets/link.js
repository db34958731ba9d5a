/* The link to the server: is it there, is it still the same program, is an answer under way.

   A server that does not answer is asked again after growing pauses; meanwhile the page is grey,
   says so, and asks for nothing else. When it is back the page is drawn anew by itself; a server
   with other code, or a page that lost a part of itself, makes the page load anew, once. */
(function () {
  "use strict";
  var root = document.documentElement;
  var foresite = (window.foresite = window.foresite || {});
  var MISSES = 2, SLOWEST_MS = 30000, PATIENCE_MS = 10000, SHOWN_AFTER_MS = 300;
  var misses = 0, failed = false, broken = false, faulty = false, turn = 0;
  var timer = null, listening = false;
  var ask = window.fetch.bind(window);

  function beat() { return Number(root.dataset.beat) || 5000; }

  function built() {
    var said = document.querySelector('meta[name="build"]');
    return said ? said.content : "";
  }

  /* Pauses grow by half, up to a bound, and differ from screen to screen: a server that comes
     back is not met by all at once. */
  foresite.pause = function (missed, beat_ms, chance) {
    var grown = beat_ms * Math.pow(1.5, Math.max(0, missed - MISSES));
    var most = Math.max(SLOWEST_MS, beat_ms);
    return Math.min(grown, most) * (missed ? 0.75 + 0.5 * chance : 1);
  };

  /* Load the page anew, but not over and over: once for a reason, and then not for ten minutes. */
  foresite.reload = function (reason) {
    var last = JSON.parse(window.sessionStorage.getItem("foresite-reload") || "null");
    if (last && last.reason === reason && Date.now() - last.when < 600000) { return false; }
    window.sessionStorage.setItem(
      "foresite-reload", JSON.stringify({ reason: reason, when: Date.now() }));
    window.location.reload();
    return true;
  };

  function listen() {
    if (listening) { return; }
    listening = true;
    clearTimeout(timer);
    var patience = new AbortController();
    var hung = setTimeout(function () { patience.abort(); }, PATIENCE_MS);
    ask("/healthz", { cache: "no-store", signal: patience.signal })
      .then(function (answer) {
        if (!answer.ok) { throw new Error(String(answer.status)); }
        return answer.json();
      })
      .then(there, function () { misses += 1; })
      .finally(function () {
        clearTimeout(hung);
        listening = false;
        root.dataset.link = misses >= MISSES ? "lost" : "up";
        timer = setTimeout(listen, foresite.pause(misses, beat(), Math.random()));
      });
  }

  function there(said) {
    var away = misses >= MISSES;
    misses = 0;
    root.dataset.link = "up";
    if (said.build && built() && said.build !== built() && foresite.reload(said.build)) { return; }
    if (broken && foresite.reload("broken")) { return; }
    if (away || failed) {
      failed = false;
      turn += 1;
      window.dash_clientside.set_props("desk-version", { data: "again-" + turn });
    }
    // The clock of the facts: a demo's runs faster.
    foresite.told = { now: Date.parse(said.now) / 1000, here: performance.now() / 1000 };
    if (foresite.kiosk) { foresite.kiosk.hour(new Date(said.now)); }
  }

  /* ---- callbacks: a failed one is no reason for an error, the page makes up for it ---- */

  function nothing() {
    return new Response(null, { status: 204 });
  }

  /* A page that says by itself what was not sent is not drawn anew: what was typed stays. */
  function missed(polled) {
    var dealt = !polled && !window.dispatchEvent(new Event("foresite-missed", { cancelable: true }));
    failed = failed || (!polled && !dealt);
    setTimeout(listen, 0);
    return nothing();
  }

  var POLL = /"changedPropIds":\s*\["[a-z-]*tick\.n_intervals"\]/;

  window.fetch = function (address, options) {
    if (typeof address !== "string" || !address.includes("/_dash-update-component")) {
      return ask(address, options);
    }
    var polled = POLL.test(String(options && options.body));
    if (root.dataset.link === "lost") { return Promise.resolve(missed(polled)); }
    begun();
    return ask(address, options)
      .then(function (answer) {
        if (answer.status >= 502 && answer.status <= 504) { return missed(polled); }
        var fault = answer.headers.has("X-Foresite-Fault");
        if (polled && !fault && faulty) { window.dash_clientside.set_props("fault", { children: null }); }
        faulty = fault || (faulty && !polled);
        if (polled) { forget(); }
        return answer;
      }, function (error) {
        if (error && error.name === "AbortError") { throw error; }
        return missed(polled);
      })
      .finally(ended);
  };

  /* Dash keeps every tick for an "undo" that these pages do not offer: without end. */
  function forget() {
    (window.dash_stores || []).forEach(function (store) {
      var history = store.getState().history;
      if (history && history.past) { history.past.length = 0; }
    });
  }

  /* Only what takes long is shown: a thin line at the top; the old picture stays. */
  var under_way = 0, shown = null;

  function begun() {
    under_way += 1;
    if (under_way === 1) {
      shown = setTimeout(function () { root.dataset.busy = "yes"; }, SHOWN_AFTER_MS);
    }
  }

  function ended() {
    under_way -= 1;
    if (under_way === 0) {
      clearTimeout(shown);
      delete root.dataset.busy;
    }
  }

  /* ---- parts of the page that did not come ---- */

  window.addEventListener("error", function (event) {
    if (event.target instanceof HTMLScriptElement) { broken = true; }
  }, true);
  window.addEventListener("unhandledrejection", function (event) {
    if (event.reason && event.reason.name === "ChunkLoadError") { broken = true; }
  });
  // A page that never came to life (the server went while it loaded) tries again.
  setTimeout(function () { broken = broken || root.dataset.page === undefined; }, 30000);

  document.addEventListener("click", function (event) {
    if (event.target instanceof Element && event.target.closest(".fault-close")) {
      window.dash_clientside.set_props("fault", { children: null });
    }
  });

  listen();
})();
