/* The little that only a browser can do: the screen's size, the page's language, a lost server. */
(function () {
  "use strict";

  function size() {
    return { w: window.innerWidth, h: window.innerHeight };
  }

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.foresite = {
    /* On load and whenever the address changes. The pages are drawn for this size. */
    screen: function (_path, _search, known) {
      var now = size();
      if (known && known.w === now.w && known.h === now.h) {
        return window.dash_clientside.no_update;
      }
      return now;
    },
    /* Language, title and kind of page, as the server decided them. */
    dress: function (look) {
      if (look) {
        document.documentElement.lang = look.lang;
        document.documentElement.dataset.page = look.page;
        document.documentElement.dataset.beat = look.beat;
        document.documentElement.dataset.theme = look.theme;
        document.documentElement.dataset.palette = look.palette;
        document.title = look.title;
      }
      return window.dash_clientside.no_update;
    },
  };

  var resized;
  window.addEventListener("resize", function () {
    clearTimeout(resized);
    resized = setTimeout(function () {
      window.dash_clientside.set_props("screen", { data: size() });
    }, 250);
  });

  /* A server that does not answer: after two misses the page says so and turns grey; it recovers
     by itself. Nothing that may be old stays green. */
  var misses = 0;
  (function listen() {
    fetch("/healthz", { cache: "no-store" })
      .then(function (answer) { misses = answer.ok ? 0 : misses + 1; })
      .catch(function () { misses += 1; })
      .finally(function () {
        var root = document.documentElement;
        root.dataset.link = misses >= 2 ? "lost" : "up";
        setTimeout(listen, Number(root.dataset.beat) || 5000);
      });
  })();
})();
