/* The map engine (MapLibre GL) as it comes with plotly.js. plotly does not export it, so its class
   is taken from a map that plotly draws for a moment, out of sight; then that map goes. */
(function () {
  "use strict";
  var foresite = (window.foresite = window.foresite || {});
  var loading = null;

  /* Can this browser draw with WebGL 2? Asked once. */
  foresite.canDraw = function () {
    if (foresite.canDraw.known === undefined) {
      var gl = document.createElement("canvas").getContext("webgl2");
      foresite.canDraw.known = Boolean(gl);
      var lose = gl && gl.getExtension("WEBGL_lose_context");
      if (lose) { lose.loseContext(); }
    }
    return foresite.canDraw.known;
  };

  /* A promise of the class Map. */
  foresite.engine = function () {
    if (loading === null) {
      loading = take().catch(function (error) {
        loading = null;
        throw error;
      });
    }
    return loading;
  };

  /* plotly.js comes with the page's first chart, which may be drawn later than this asks. */
  function plotly() {
    return new Promise(function (resolve) {
      (function look() {
        if (window.Plotly) { resolve(window.Plotly); } else { setTimeout(look, 50); }
      })();
    });
  }

  function take() {
    return plotly().then(seedOf);
  }

  function seedOf(Plotly) {
    var seed = document.createElement("div");
    seed.style.cssText = "position:fixed;left:-99px;top:0;width:32px;height:32px";
    document.body.appendChild(seed);
    var nothing = { version: 8, sources: {}, layers: [] };
    var margin = { l: 0, r: 0, t: 0, b: 0 };
    return Plotly.newPlot(
      seed,
      [{ type: "scattermap", lon: [], lat: [] }],
      { map: { style: nothing }, width: 32, height: 32, margin: margin },
      { displayModeBar: false, showSendToCloud: false }
    )
      .then(function () { return seed._fullLayout.map._subplot.map.constructor; })
      .finally(function () {
        Plotly.purge(seed);
        seed.remove();
      });
  }
})();
