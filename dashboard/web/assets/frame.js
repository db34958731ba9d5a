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

  function size() {
    return { w: window.innerWidth, h: window.innerHeight };
  }

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.foresite = Object.assign(window.dash_clientside.foresite || {}, {
    /* On load and whenever the address changes. The pages are drawn for this size. */
    screen: function (_path, _search, known) {
      var now = size();
      if (known && known.w === now.w && known.h === now.h) {
        return window.dash_clientside.no_update;
      }
      return now;
    },
    /* Language, title, colours and kind of page, as the server decided them. */
    dress: function (look) {
      if (look) {
        var moved = root.dataset.station !== undefined && root.dataset.station !== look.station;
        root.lang = look.lang;
        document.title = look.title;
        ["page", "beat", "theme", "palette", "kiosk", "strip", "station", "zone", "hours", "renew"]
          .forEach(function (name) { root.dataset[name] = look[name]; });
        if (moved) { arrive(); }
        (foresite.dressed || []).forEach(function (tell) { tell(); });
      }
      return window.dash_clientside.no_update;
    },
  });

  /* Those who want to know when a page has come: functions. */
  foresite.dressed = foresite.dressed || [];

  /* Another station or focus: the new picture, which is there already, comes up softly. */
  function arrive() {
    var main = document.querySelector(".wall-main");
    if (main && main.animate && !window.matchMedia("(prefers-reduced-motion: reduce)").matches) {
      main.animate([{ opacity: 0.25 }, { opacity: 1 }], { duration: 280, easing: "ease-out" });
    }
  }

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
