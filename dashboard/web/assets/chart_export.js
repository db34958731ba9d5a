/* A chart as a picture, made in this browser: with title, note and data time, on the page's own
   ground. Buttons carry data-export="png|svg", data-name, data-title, data-note, data-source. */
(function () {
  "use strict";

  var HEAD = 64, FOOT = 32, SIDE = 24;

  function save(url, name) {
    var link = document.createElement("a");
    link.href = url;
    link.download = name;
    document.body.appendChild(link);
    link.click();
    link.remove();
  }

  function blob(url) {
    /* data:image/svg+xml,… or data:image/png;base64,… ; a fetch would be a connection. */
    var comma = url.indexOf(","), head = url.slice(5, comma), body = url.slice(comma + 1);
    if (head.endsWith(";base64")) {
      var raw = atob(body), bytes = new Uint8Array(raw.length);
      for (var i = 0; i < raw.length; i += 1) { bytes[i] = raw.charCodeAt(i); }
      return new Blob([bytes], { type: head.slice(0, -7) });
    }
    return new Blob([decodeURIComponent(body)], { type: head.split(";")[0] });
  }

  /* The chart as drawn, with room above and below for what the page says around it. */
  function picture(graph, button, height) {
    var style = getComputedStyle(button.closest(".panel") || document.body);
    var root = getComputedStyle(document.documentElement);
    var muted = root.getPropertyValue("--muted").trim();
    var old = graph.layout, margin = old.margin || {};
    var full = graph._fullLayout ? graph._fullLayout._size : {};
    var edge = {
      l: (full.l || margin.l || 0) + SIDE, r: (full.r || margin.r || 0) + SIDE,
      t: (full.t || margin.t || 0) + HEAD, b: (full.b || margin.b || 0) + FOOT,
    };
    function line(text, size, colour, y, anchor, shift) {
      return {
        text: text, showarrow: false, xref: "paper", yref: "paper", x: 0, xanchor: "left",
        xshift: SIDE - edge.l, y: y, yanchor: anchor, yshift: shift,
        font: { size: size, color: colour },
      };
    }
    var d = button.dataset;
    var notes = [
      line("<b>" + d.title + "</b>", 18, style.color, 1, "top", edge.t - 10),
      line(d.note || "", 13, muted, 1, "top", edge.t - 36),
      line(d.source, 12, muted, 0, "bottom", 8 - edge.b),
    ];
    return {
      data: graph.data,
      layout: Object.assign({}, old, {
        autosize: false, width: undefined, height: height + HEAD + FOOT, margin: edge,
        paper_bgcolor: style.backgroundColor, plot_bgcolor: style.backgroundColor,
        annotations: (old.annotations || []).concat(notes),
      }),
    };
  }

  document.addEventListener("click", function (event) {
    var button = event.target.closest && event.target.closest("[data-export]");
    if (!button || !window.Plotly) { return; }
    var panel = button.closest(".chart, .panel");
    var graph = panel && panel.querySelector(".js-plotly-plot");
    if (!graph || !graph.data) { return; }
    var kind = button.dataset.export, box = graph.getBoundingClientRect();
    var made = picture(graph, button, Math.round(box.height));
    button.disabled = true;
    window.Plotly.toImage(made, {
      format: kind, width: Math.round(box.width) + 2 * SIDE, height: made.layout.height,
      scale: kind === "png" ? 2 : 1,
    }).then(function (url) {
      var local = URL.createObjectURL(blob(url));
      save(local, button.dataset.name + "." + kind);
      setTimeout(function () { URL.revokeObjectURL(local); }, 10000);
    }).finally(function () { button.disabled = false; });
  });
})();
