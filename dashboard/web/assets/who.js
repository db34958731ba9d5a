/* The name under which somebody acts: typed once, kept by the browser (components/who.py). */
(function () {
  "use strict";
  var foresite = (window.foresite = window.foresite || {});

  foresite.who = function () {
    try {
      var kept = JSON.parse(window.localStorage.getItem("who") || "null");
      return typeof kept === "string" ? kept : "";
    } catch (_) {
      return "";
    }
  };

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.foresite_who = {
    /* Both ways: a page that has just come shows what is kept; what is typed is kept. */
    keep: function (typed, _changed, kept) {
      var none = window.dash_clientside.no_update;
      var by = window.dash_clientside.callback_context.triggered.map(function (one) {
        return one.prop_id;
      });
      if (by.indexOf("who-name.value") < 0 || typed === undefined || typed === null) {
        return [none, (kept || "") === (typed || "") ? none : kept || ""];
      }
      var name = typed.trim();
      // Those who want to know look when it is kept.
      setTimeout(function () { window.dispatchEvent(new CustomEvent("foresite-who")); }, 50);
      return [name === (kept || "") ? none : name, none];
    },
  };
})();
