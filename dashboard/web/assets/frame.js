/* The document around the page: the screen's size, language, colours; links that keep what was
   chosen since the page was drawn. */
(function () {
  "use strict";
  var root = document.documentElement;
  var foresite = (window.foresite = window.foresite || {});

  /* To another address without loading the page; `instead`: not a step of its own for "back". */
  foresite.go = function (href, instead) {
    if (!instead) {
      window.dash_clientside.set_props("url", { href: href });
      return;
    }
    window.history.replaceState(window.history.state, "", href);
    window.dispatchEvent(new PopStateEvent("popstate"));
  };

  /* Those who want to know when a page has come: functions. */
  foresite.dressed = foresite.dressed || [];

  function size() {
    return { w: window.innerWidth, h: window.innerHeight };
  }

  /* The table's script is as large as all others together but the charts'; one page needs it. */
  var coming = null;
  // Callbacks name the table on every page: until it comes, an empty one stands for it.
  window.dash_ag_grid = window.dash_ag_grid || { AgGrid: function () { return null; } };

  function grid() {
    coming = coming || new Promise(function (done) {
      var script = document.createElement("script");
      script.src = document.querySelector("meta[name=grid]").content;
      script.onload = done;
      script.onerror = function () { coming = null; done(); };  // the page says what it lacks
      document.head.appendChild(script);
    });
    return coming;
  }

  /* Where somebody sits, it is fetched while nothing else is to do. */
  foresite.dressed.push(function () {
    if (root.dataset.kiosk !== "full" && !coming) {
      setTimeout(function () { (window.requestIdleCallback || setTimeout)(grid); }, 8000);
    }
  });

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.foresite = Object.assign(window.dash_clientside.foresite || {}, {
    /* On load and whenever the address changes. The pages are drawn for this size. */
    screen: function (path, search, known) {
      var now = size();
      var same = known && known.w === now.w && known.h === now.h;
      var told = same ? window.dash_clientside.no_update : now;
      // The page waits for the size, and so for the table's script where it has one.
      var table = path === "/cells" || (path === "/dispatch" && /[?&]view=table/.test(search || ""));
      return table ? grid().then(function () { return told; }) : told;
    },
    /* Language, title, colours and kind of page, as the server decided them. */
    dress: function (look) {
      if (look) {
        root.lang = look.lang;
        document.title = look.title;
        ["page", "beat", "theme", "palette", "kiosk", "strip", "zone", "hours", "renew"]
          .forEach(function (name) { root.dataset[name] = look[name]; });
        foresite.dressed.forEach(function (tell) { tell(); });
      }
      return window.dash_clientside.no_update;
    },
    /* Tells the page that stands there of another address or news. A page's own callbacks listen
       to that alone: one that listened to the address itself would be asked for on every page,
       also where the parts that it fills are not. */
    relay: function (search, version) {
      document.querySelectorAll("#page [data-follows]").forEach(function (one) {
        window.dash_clientside.set_props(one.dataset.follows,
          { data: [search, version].join("|") });
      });
      return window.dash_clientside.no_update;
    },
  });

  /* To another picture of the same page: the old one stays on top, as a picture, until the charts
     of the new one are drawn, and then goes softly. */
  foresite.glide = function (href, instead) {
    lift();
    var page = document.getElementById("page");
    before = page.querySelector("main");
    veil = page.cloneNode(true);
    veil.querySelectorAll("dialog, script").forEach(function (one) { one.remove(); });
    // Only drawings refer to ids of their own; the others stay the page's.
    [veil].concat(Array.from(veil.querySelectorAll("[id]"))).forEach(function (one) {
      if (!one.closest("svg")) { one.removeAttribute("id"); }
    });
    veil.className = "veil";
    veil.setAttribute("aria-hidden", "true");
    veil.inert = true;
    document.body.appendChild(veil);
    patience = setTimeout(lift, VEIL_MS);
    foresite.go(href, instead);
  };

  var veil = null, before = null, patience = null, VEIL_MS = 5000, FADE_MS = 250;

  function lift() {
    clearTimeout(patience);
    if (veil) { veil.remove(); }
    veil = before = null;
  }

  foresite.dressed.push(function () {
    if (!veil) { return; }
    var mine = veil, looks = 0;
    (function look() {
      if (mine !== veil) { return; }
      var charts = Array.from(document.querySelectorAll("#page .dash-graph"));
      var drawn = charts.every(function (one) {
        return one.offsetParent === null || one.querySelector(".main-svg");
      });
      // The answer is here before the page is: what is drawn may still be the old one.
      looks += 1;
      if (!drawn || (before && before.isConnected && looks < 30)) {
        setTimeout(look, 30);
        return;
      }
      if (window.matchMedia("(prefers-reduced-motion: reduce)").matches) {
        lift();
        return;
      }
      mine.animate([{ opacity: 1 }, { opacity: 0 }], { duration: FADE_MS, easing: "ease-out" })
        .finished.then(function () { if (mine === veil) { lift(); } }, function () { /* replaced */ });
    })();
  });

  var resized;
  window.addEventListener("resize", function () {
    clearTimeout(resized);
    resized = setTimeout(function () {
      window.dash_clientside.set_props("screen", { data: size() });
    }, 250);
  });

  /* The bar's choices change their own parameter; whatever else the address says by now stays. */
  var OWN = ["lang", "theme", "palette", "at", "rotate"];

  document.addEventListener("click", function (event) {
    var link = event.target instanceof Element && event.target.closest(".tools a, a.to-now");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) { return; }
    var query = new URLSearchParams(window.location.search);
    var wanted = new URL(link.href).searchParams;
    OWN.forEach(function (name) {
      if (wanted.has(name)) { query.set(name, wanted.get(name)); } else { query.delete(name); }
    });
    event.preventDefault();
    event.stopPropagation();
    var text = query.toString();
    foresite.go(window.location.pathname + (text ? "?" + text : ""));
  }, true);
})();
