/* The values of a snapshot on the map: one character per feature, sent by /api/v1/map. Only what
   differs from what is shown becomes a new feature state. */
(function () {
  "use strict";
  var foresite = (window.foresite = window.foresite || {});
  var AT_ONCE = 20000; // states per frame: a first picture of a large network does not freeze

  foresite.MapValues = function (map, sources) {
    this.map = map;
    this.sources = sources; // those that the style has
    this.shown = {};
    this.now = null;
  };

  var proto = foresite.MapValues.prototype;

  /* Take the answer of the server; repaint what has changed. */
  proto.take = function (values) {
    this.now = values;
    var self = this;
    var pairs = [["region", values.regions], ["hexagon", values.hexagons],
      ["footprint", values.cells], ["cell", values.cells], ["site", values.sites]];
    pairs.forEach(function (pair) {
      if (self.sources.indexOf(pair[0]) >= 0 && pair[1]) { self.repaint(pair[0], pair[1]); }
    });
    var hot = this.map.getSource("hot");
    if (hot) { hot.setData(points(values)); }
  };

  proto.repaint = function (source, table) {
    var before = this.shown[source] || { status: "", quality: "" };
    var status = table.status, quality = table.quality || "", map = this.map, changed = [];
    for (var n = 0; n < status.length; n += 1) {
      if (status[n] !== before.status[n] || quality[n] !== before.quality[n]) { changed.push(n); }
    }
    this.shown[source] = { status: status, quality: quality };
    var next = 0, self = this;
    (function some() {
      if (self.shown[source].status !== status) { return; } // newer values have come
      var until = Math.min(next + AT_ONCE, changed.length);
      for (; next < until; next += 1) {
        var id = changed[next];
        map.setFeatureState({ source: source, sourceLayer: source, id: id },
          { s: status[id], q: quality[id] || "u" });
      }
      if (next < changed.length) { window.requestAnimationFrame(some); }
    })();
  };

  /* What is known of a feature: status, chance in per cent, quality. */
  proto.of = function (source, n) {
    var tables = { region: "regions", hexagon: "hexagons", footprint: "cells", cell: "cells" };
    var table = this.now && this.now[tables[source]];
    if (!table || n >= table.status.length) { return null; }
    return {
      status: table.status[n],
      chance: table.chance ? table.chance[n] : null,
      expected: table.expected ? table.expected[n] : null,
      quality: table.quality ? table.quality[n] : "u",
    };
  };

  /* Red and yellow cells stand as signs at every zoom. */
  function points(values) {
    var features = (values.hot || []).map(function (one) {
      return {
        type: "Feature",
        geometry: { type: "Point", coordinates: [one[1], one[2]] },
        properties: { n: one[0], s: values.cells.status[one[0]], id: one[3], name: one[4] },
      };
    });
    return { type: "FeatureCollection", features: features };
  }
})();
