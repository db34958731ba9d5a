/* The board of work orders: follows its address and new events. The server says what stands where
   (/live/dispatch/board); what did not change stays as it is on the screen. Cards, teams, steps,
   keys, map and table are in the files beside this one; they meet in `foresiteDispatch`. */
(function () {
  "use strict";

  var PATH = "/dispatch", POLL_MS = 2000, RETRY_MS = 5000, TICK_MS = 1000;
  var OWN = ["q", "team", "region_id", "state", "cause", "mine", "late", "view", "sort", "done",
    "rows", "at", "lang", "kiosk"];
  var FILTERS = ["q", "team", "region_id", "state", "cause", "mine", "late"];

  var setup = null;    // what the server said of words and choices
  var page = null;     // the element that is drawn on
  var mine = {};       // values last seen of search and lists
  var shown = null;    // address of what is on the screen
  var tag = null;      // ETag of it
  var asked = 0;       // number of the newest question
  var base = null;     // the clock of the facts: moment, when it was told, speed
  var timer = null, ticking = null;

  var board = window.foresiteDispatch = {
    parts: [],         // what draws: { draw(data, before), tick(now), clear() }, all optional
    data: null,
    setup: function () { return setup; },
    page: function () { return page; },
    here: function () { return Boolean(page && document.contains(page)); },
    query: query,
    go: go,
    load: load,
    said: said,
    text: text,
    duration: duration,
    now: now,
    el: el,
    open: open,
    api: api,
    filters: FILTERS,
  };

  /* ---- the address ---- */
  function query() { return new URLSearchParams(location.search); }
  function written(params) {
    var parts = [];
    params.forEach(function (value, key) {
      if (value !== "") {
        parts.push(encodeURIComponent(key) + "=" + encodeURIComponent(value)
          .replace(/%2C/g, ",").replace(/%3A/g, ":"));
      }
    });
    return parts.length ? "?" + parts.join("&") : "";
  }
  /* Writes changes (null takes one out); "replace" leaves no step to go back to. */
  function go(changes, how) {
    var params = query();
    Object.keys(changes).forEach(function (key) {
      if (changes[key]) { params.set(key, changes[key]); } else { params.delete(key); }
    });
    var search = written(params);
    if (search === location.search || written(query()) === search) { return; }
    var href = location.pathname + search;
    if (how === "replace") { history.replaceState(history.state, "", href); }
    else { history.pushState({}, "", href); }
    window.dash_clientside.set_props("url", { search: location.search, href: location.href });
  }
  /* The address of one of the board's answers, with what it depends on alone. */
  function api(name, more) {
    var asks = new URLSearchParams(), params = query();
    OWN.forEach(function (key) { if (params.get(key)) { asks.set(key, params.get(key)); } });
    asks.set("lang", setup.language);
    Object.keys(more || {}).forEach(function (key) { asks.set(key, more[key]); });
    return "/live/dispatch/" + name + "?" + asks.toString();
  }
  function open(href) {
    history.pushState({}, "", href);
    window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
  }

  /* ---- words ---- */
  function text(name, values) {
    return (setup.texts[name] || name).replace(/\{(\w+)\}/g, function (_, key) {
      return values && values[key] !== undefined ? values[key] : "";
    });
  }
  function duration(seconds) {
    var minutes = Math.max(0, Math.floor(seconds / 60));
    var h = Math.floor(minutes / 60), d = Math.floor(h / 24), two = String(minutes % 60);
    if (d >= 2) { return text("days", { d: d, h: h % 24 }); }
    if (h >= 10) { return text("long_hours", { h: h }); }
    if (h) { return text("hours", { h: h, m: two.length < 2 ? "0" + two : two }); }
    return text("minutes", { m: minutes });
  }
  function el(kind, name, inside) {
    var made = document.createElement(kind);
    if (name) { made.className = name; }
    if (inside !== undefined && inside !== null) { made.textContent = inside; }
    return made;
  }

  /* ---- the clock of the facts, as it runs here ---- */
  function now() {
    return base.now + base.speed * (performance.now() - base.told) / 1000;
  }

  /* Every answer tells the moment: a screen that slept goes on from there. */
  function heard(moment) {
    if (base && moment) { base = { now: Number(moment), speed: base.speed, told: performance.now() }; }
  }

  /* ---- the board ---- */
  function apply(data) {
    var before = board.data;
    board.data = data;
    base = { now: data.now, speed: data.speed, told: performance.now() };
    page.classList.toggle("is-empty", Boolean(data.empty));
    head(data);
    board.parts.forEach(function (part) { if (part.draw) { part.draw(data, before); } });
    tick();
    page.dataset.version = data.version;
    page.dataset.shown = shown;
  }
  function said(what) {
    var note = page && page.querySelector(".dp-notes");
    if (note) { if (what) { note.dataset.failed = what; } else { delete note.dataset.failed; } }
  }
  /* Asks for the board; `always`: also when nothing was heard of the address before. */
  function load(always) {
    clearTimeout(timer);
    if (!board.here()) { return Promise.resolve(); }
    var address = api("board"), mark = ++asked, drawn = page;
    if (!always && document.hidden) { return next(POLL_MS); }
    var head = address === shown && tag ? { "If-None-Match": tag } : {};
    return fetch(address, { headers: head, cache: "no-store" })
      .then(function (answer) {
        heard(answer.headers.get("X-Foresite-Now"));
        if (answer.status === 304) { return null; }
        if (!answer.ok) { throw new Error(String(answer.status)); }
        return answer.json().then(function (data) {
          return { data: data, tag: answer.headers.get("ETag") };
        });
      })
      .then(function (told) {
        if (mark !== asked || drawn !== page || !board.here()) { return; }
        said("");
        if (told) { shown = address; tag = told.tag; apply(told.data); }
        next(POLL_MS);
      })
      .catch(function () {
        if (mark !== asked) { return; }
        said(text("failed"));
        next(RETRY_MS);
      });
  }
  function next(wait) {
    clearTimeout(timer);
    if (setup && setup.at) { return Promise.resolve(); } // a replay stands still
    timer = setTimeout(function () { load(false); }, wait);
    return Promise.resolve();
  }
  document.addEventListener("visibilitychange", function () {
    if (!document.hidden && board.here()) { load(true); }
  });

  function tick() {
    clearTimeout(ticking);
    if (!board.here() || !board.data) { return; }
    var moment = now();
    board.parts.forEach(function (part) { if (part.tick) { part.tick(moment); } });
    ticking = setTimeout(tick, TICK_MS);
  }

  /* ---- the head: chips, count, files, switches ---- */
  function head(data) {
    var line = page.querySelector(".dp-chips");
    var notes = page.querySelector(".dp-notes");
    notes.replaceChildren.apply(notes, data.notes.map(function (note) {
      return el("p", "dp-note-line", note);
    }));
    none(data);
    if (!line) { return; }
    chips(line, data);
    page.querySelector(".dp-count").textContent = data.count;
    page.querySelectorAll(".dp-tool.file").forEach(function (link) {
      link.href = api("rows", { format: link.dataset.form });
    });
    var params = query();
    page.querySelectorAll("[data-switch]").forEach(function (group) {
      var usual = group.firstElementChild.dataset.value;
      var chosen = params.get(group.dataset.switch) || usual;
      Array.from(group.children).forEach(function (one) {
        var on = one.dataset.value === chosen;
        one.classList.toggle("here", on);
        one.setAttribute("aria-pressed", String(on));
      });
    });
    page.className = page.className.replace(/\bview-\w+/, "view-" + (params.get("view") || "board"));
  }
  function chips(line, data) {
    var params = query(), focused = line.contains(document.activeElement)
      ? document.activeElement.dataset.chip : null;
    var chosen = (params.get("state") || "").split(",").filter(Boolean);
    var made = [chip("every", null, text("every"), "", !chosen.length, { state: null })];
    var late = params.get("late") === "yes";
    made.push(chip("late", null, text("late_chip"), data.late, late, { late: late ? null : "yes" },
      text("late_help")));
    var me = window.foresite.who(), own = params.get("mine");
    var label = own && own !== me ? own : text("mine");
    var mineChip = chip("mine", null, label, "", Boolean(own), { mine: own ? null : me },
      me || own ? text("mine_help") : text("mine_name"));
    mineChip.disabled = !me && !own;
    made.push(mineChip);
    if (FILTERS.some(function (name) { return params.get(name); })) {
      var nothing = {};
      FILTERS.forEach(function (name) { nothing[name] = null; });
      made.push(chip("clear", "×", text("clear"), "", false, nothing));
    }
    made.push(el("span", "dp-gap"));
    data.chips.forEach(function (one) {
      var others = chosen.filter(function (state) { return state !== one.state; });
      var value = one.chosen ? others : others.concat([one.state]);
      made.push(chip(one.state, one.sign, one.text, one.count, one.chosen,
        { state: value.join(",") || null }));
    });
    line.replaceChildren.apply(line, made);
    if (focused) {
      var again = line.querySelector('[data-chip="' + focused + '"]');
      if (again) { again.focus({ preventScroll: true }); }
    }
  }
  function chip(key, sign, label, count, chosen, changes, help) {
    var made = el("button", chosen ? "chip here" : "chip");
    made.type = "button";
    made.dataset.chip = key;
    made.setAttribute("aria-pressed", String(chosen));
    if (help) { made.title = help; }
    if (sign) {
      var mark = el("span", "dp-sign " + key, sign);
      mark.setAttribute("aria-hidden", "true");
      made.appendChild(mark);
    }
    made.appendChild(el("span", null, label));
    if (count !== "") { made.appendChild(el("span", "chip-count", count)); }
    made.addEventListener("click", function () { go(changes); });
    return made;
  }
  window.addEventListener("foresite-who", function () {
    if (board.here() && board.data) { head(board.data); }
  });
  /* Nothing to show: why, and what to do. */
  function none(data) {
    var box = page.querySelector(".dp-none");
    box.replaceChildren();
    if (!data.empty) { return; }
    box.appendChild(el("h2", null, data.empty.title));
    data.empty.lines.forEach(function (line) { box.appendChild(el("p", null, line)); });
    if (data.empty.clear) {
      var button = el("button", "dp-tool", data.empty.clear);
      button.addEventListener("click", function () {
        var nothing = {};
        FILTERS.forEach(function (name) { nothing[name] = null; });
        go(nothing);
      });
      box.appendChild(button);
    }
  }
  document.addEventListener("click", function (event) {
    var one = event.target instanceof Element && event.target.closest("[data-switch] > [data-value]");
    if (!one || !board.here()) { return; }
    var group = one.parentElement, value = one.dataset.value, changes = {};
    changes[group.dataset.switch] = value === group.firstElementChild.dataset.value ? null : value;
    go(changes);
  });

  /* ---- called by Dash ---- */
  var nothing = function () { return window.dash_clientside.no_update; };

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.foresite_dispatch = {
    /* When the page has come, after every change of the address, and with every new snapshot. */
    follow: function (_address, told) {
      var now_page = document.querySelector(".dp-page");
      if (!told || !now_page || location.pathname !== PATH) { return nothing(); }
      var fresh = now_page !== page;
      setup = told;
      if (fresh) {
        page = now_page;
        shown = tag = null;
        board.data = null;
        mine = {};
        board.parts.forEach(function (part) { if (part.clear) { part.clear(); } });
        shown = api("board");
        apply(told.first);
        // What is there already may be older than the page: it is asked for once more, soon.
        next(POLL_MS);
      } else {
        load(true);
      }
      lists();
      return nothing();
    },
    search: function (value) {
      if (!board.here() || mine.q === undefined) { return nothing(); }
      var q = (value || "").trim(), before = query().get("q") || "";
      mine.q = q;
      /* The first letter makes a step to go back to, the others do not. */
      if (q !== before) { go({ q: q }, before && q ? "replace" : "push"); }
      return nothing();
    },
    choose: function () {
      if (!board.here() || mine.q === undefined) { return nothing(); }
      var values = Array.prototype.slice.call(arguments), changes = {};
      Object.keys(setup.selects).forEach(function (name, i) {
        mine[name] = values[i] || "";
        changes[name] = mine[name];
      });
      go(changes);
      return nothing();
    },
    rows: function (request) {
      if (board.here() && board.gridAsks) { board.gridAsks(request); }
      return nothing();
    },
  };

  /* Search and lists show what the address says; lists offer what there is by now. */
  function lists() {
    var set = window.dash_clientside.set_props, params = query();
    if (!page.querySelector(".dp-controls")) { return; }
    var q = params.get("q") || "";
    if (mine.q !== undefined && mine.q !== q) { set("dispatch-search", { value: q }); }
    mine.q = q;
    Object.keys(setup.selects).forEach(function (name) {
      var value = params.get(name) || "";
      if (mine[name] !== undefined && mine[name] !== value) {
        set(setup.selects[name], { value: value || null });
      }
      mine[name] = value;
    });
  }
  board.parts.push({
    draw: function (data) {
      if (!page.querySelector(".dp-controls")) { return; }
      Object.keys(setup.selects).forEach(function (name) {
        var offered = JSON.stringify(data.choices[name]), key = "offered " + name;
        if (mine[key] !== undefined && mine[key] !== offered) {
          window.dash_clientside.set_props(setup.selects[name], { data: data.choices[name] });
        }
        mine[key] = offered;
      });
    },
  });
})();
