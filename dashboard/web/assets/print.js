/* Paper: charts are drawn anew for the width of the sheet, and as they were afterwards. The button
   "print" takes the light ground first: what is handed out is dark on white. */
(function () {
  "use strict";

  function graphs() {
    return Array.prototype.slice.call(document.querySelectorAll(".desk .js-plotly-plot"));
  }

  window.addEventListener("beforeprint", function () {
    document.documentElement.dataset.print = "on";
    graphs().forEach(function (graph) {
      var box = graph.parentElement.getBoundingClientRect();
      if (box.width > 0 && window.Plotly) {
        window.Plotly.relayout(graph, { autosize: false, width: box.width, height: box.height });
      }
    });
  });

  window.addEventListener("afterprint", function () {
    delete document.documentElement.dataset.print;
    graphs().forEach(function (graph) {
      if (window.Plotly) {
        window.Plotly.relayout(graph, { autosize: true, width: null, height: null });
      }
    });
  });

  function drawn() {
    var all = graphs();
    return all.length > 0 && all.every(function (graph) { return graph.querySelector(".main-svg"); });
  }

  function print(back, tries) {
    if ((document.documentElement.dataset.theme !== "light" || !drawn()) && tries > 0) {
      setTimeout(function () { print(back, tries - 1); }, 100);
      return;
    }
    /* One more beat: fonts and charts settle. */
    setTimeout(function () {
      window.print();
      if (back) { window.dash_clientside.set_props("url", { href: back }); }
    }, 300);
  }

  document.addEventListener("click", function (event) {
    if (!event.target.closest || !event.target.closest(".print-page")) { return; }
    var here = window.location.pathname + window.location.search, back = null;
    if (document.documentElement.dataset.theme !== "light") {
      var query = new URLSearchParams(window.location.search);
      query.set("theme", "light");
      back = here;
      window.dash_clientside.set_props("url", { href: window.location.pathname + "?" + query });
    }
    print(back, 100);
  });
})();
