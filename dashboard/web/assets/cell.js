/* Charts of one page share their time: what one is zoomed to, all are zoomed to, and the pointer's
   moment is shown on each, with the value measured then. The zoom goes into the address. */
(function () {
  "use strict";

  var SHARED = ".lane-graph, .kpi-graph, .beside-graph, .compare-graph";
  var busy = false;

  /* Names in calendars (dmc.DatesProvider looks for them under this name). */
  window["dayjs_locale_zh-cn"] = {
    name: "zh-cn",
    weekdays: "日一二三四五六".split("").map(function (day) { return "星期" + day; }),
    weekdaysShort: "日一二三四五六".split("").map(function (day) { return "周" + day; }),
    weekdaysMin: "日一二三四五六".split(""),
    months: Array.from({ length: 12 }, function (_, month) { return month + 1 + "月"; }),
    monthsShort: Array.from({ length: 12 }, function (_, month) { return month + 1 + "月"; }),
    weekStart: 1
  };

  function charts() {
    return Array.from(document.querySelectorAll(SHARED))
      .map(function (box) { return box.querySelector(".js-plotly-plot"); })
      .filter(function (chart) { return chart && chart._fullLayout && chart._fullLayout.xaxis; });
  }

  /* ---- zoom ---- */
  function rangeOf(change) {
    if (change["xaxis.range[0]"] !== undefined) {
      return [change["xaxis.range[0]"], change["xaxis.range[1]"]];
    }
    return change["xaxis.range"] || null;
  }

  function toAddress(range) {
    var url = new URL(window.location.href);
    if (range) {
      url.searchParams.delete("range");
      url.searchParams.set("from", String(range[0]).slice(0, 16).replace(" ", "T"));
      url.searchParams.set("to", String(range[1]).slice(0, 16).replace(" ", "T"));
    } else if (document.body.dataset.span !== undefined) {
      url.search = document.body.dataset.span;
    }
    // Quietly: the page is not drawn anew, but a reload or a copied link shows the same.
    window.history.replaceState(window.history.state, "", url);
  }

  function zoomed(source, change) {
    if (busy) { return; }
    var range = rangeOf(change);
    var back = change["xaxis.autorange"] || change["xaxis.showspikes"] !== undefined;
    if (!range && !back) { return; }
    if (document.body.dataset.span === undefined) {
      document.body.dataset.span = window.location.search;
    }
    busy = true;
    Promise.all(charts().map(function (chart) {
      var to = range || chart.foresiteRange;
      return window.Plotly.relayout(chart, { "xaxis.range": to.slice() });
    })).finally(function () { busy = false; });
    toAddress(range);
    if (!range) { delete document.body.dataset.span; }
  }

  /* ---- the pointer's moment ---- */
  function line(chart) {
    var box = chart.parentElement.closest(SHARED);
    var made = box.querySelector(":scope > .crosshair");
    if (!made) {
      made = document.createElement("div");
      made.className = "crosshair";
      box.appendChild(made);
    }
    return made;
  }

  function measuredAt(chart, ms) {
    var trace = (chart.data || []).find(function (t) { return t.dx && t.line && !t.line.dash; });
    if (!trace) { return null; }
    var full = chart.calcdata[chart.data.indexOf(trace)];
    var at = Math.round((ms - Date.parse(trace.x0 + "Z")) / trace.dx);
    var point = full && full[at];
    return point && isFinite(point.y) ? point.y : null;
  }

  function told(value, unit) {
    var size = Math.abs(value);
    var digits = size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3;
    return Number(value.toFixed(digits)) + (unit === "%" ? "%" : " " + unit);
  }

  function head(chart) {
    var card = chart.closest(".kpi");
    return card && card.querySelector(".kpi-value");
  }

  function pointed(source, event) {
    var axis = source._fullLayout.xaxis;
    var place = source.getBoundingClientRect();
    var ms = axis.p2d ? Date.parse(axis.p2d(event.clientX - place.left - axis._offset).replace(" ", "T") + "Z")
      : NaN;
    if (!isFinite(ms)) { return; }
    charts().forEach(function (chart) {
      var own = chart._fullLayout.xaxis;
      var at = own.d2p(new Date(ms).toISOString().slice(0, 19));
      var shown = at >= 0 && at <= own._length;
      var cross = line(chart);
      cross.style.display = shown ? "block" : "none";
      cross.style.left = own._offset + at + "px";
      cross.style.top = chart._fullLayout._size.t + "px";
      cross.style.height = chart._fullLayout._size.h + "px";
      var value = head(chart);
      if (value) {
        var then = measuredAt(chart, ms);
        value.textContent = then === null ? value.dataset.value : told(then, value.dataset.unit);
        value.classList.toggle("then", then !== null);
      }
    });
  }

  function gone() {
    document.querySelectorAll(".crosshair").forEach(function (cross) { cross.style.display = "none"; });
    document.querySelectorAll(".kpi-value[data-value]").forEach(function (value) {
      value.textContent = value.dataset.value;
      value.classList.remove("then");
    });
  }

  /* ---- charts come and go with the page ---- */
  function follow(chart) {
    if (chart.foresiteFollowed || !chart.on || !chart._fullLayout) { return; }
    chart.foresiteFollowed = true;
    chart.foresiteRange = chart._fullLayout.xaxis.range.slice();
    var waiting = 0;
    chart.on("plotly_relayout", function (change) { zoomed(chart, change); });
    chart.on("plotly_doubleclick", function () { zoomed(chart, { "xaxis.autorange": true }); });
    chart.addEventListener("mousemove", function (event) {
      cancelAnimationFrame(waiting);
      waiting = requestAnimationFrame(function () { pointed(chart, event); });
    });
    chart.addEventListener("mouseleave", function () {
      cancelAnimationFrame(waiting);
      gone();
    });
  }

  var looking = 0;
  new MutationObserver(function () {
    if (looking) { return; }
    looking = setTimeout(function () {
      looking = 0;
      charts().forEach(follow);
      if (!document.querySelector(SHARED)) { delete document.body.dataset.span; }
    }, 200);
  }).observe(document.documentElement, { childList: true, subtree: true });
})();
