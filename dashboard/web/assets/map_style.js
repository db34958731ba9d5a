/* What the detail map draws: sources and layers from the index of a layer set. Geometry comes as
   vector tiles by content hash; colours come from feature states, which refreshes change. */
(function () {
  "use strict";
  var foresite = (window.foresite = window.foresite || {});
  var NO_STATE = "u"; // never green by default

  function state(name, otherwise) {
    return ["coalesce", ["feature-state", name], otherwise];
  }

  function byStatus(colours) {
    return ["match", state("s", NO_STATE),
      "r", colours.red, "y", colours.yellow, "g", colours.green, colours.unknown];
  }

  function when(name, value, then, otherwise) {
    return ["case", ["==", state(name, NO_STATE), value], then, otherwise];
  }

  /* `opacity` between two zooms, fading over half a step at either end; null is open. */
  function faded(from, until, opacity) {
    var stops = [];
    if (from !== null) { stops.push(from - 0.25, 0, from + 0.25, opacity); }
    if (until !== null) { stops.push(until - 0.25, opacity, until + 0.25, 0); }
    return stops.length ? ["interpolate", ["linear"], ["zoom"]].concat(stops) : opacity;
  }

  function areas(name, source, look, from, until) {
    var limits = {};
    if (from !== null) { limits.minzoom = from - 0.25; }
    if (until !== null) { limits.maxzoom = until + 0.25; }
    function layer(suffix, type, paint, filter) {
      var made = { id: name + suffix, type: type, source: source.name, paint: paint };
      if (source.layer) { made["source-layer"] = source.layer; }
      if (filter || source.filter) { made.filter = filter || source.filter; }
      return Object.assign(made, limits);
    }
    var shown = faded(from, until, look.opacity), red = ["==", state("s", NO_STATE), "r"];
    /* Footprints of different layers lie over one another: the worse one is drawn later. */
    function worse(letter, colour) {
      return layer("-" + letter, "fill", {
        "fill-color": colour, "fill-antialias": false,
        "fill-opacity": faded(from, until, when("s", letter, look.opacity, 0)),
      });
    }
    return [
      layer("", "fill", { "fill-color": byStatus(look.fill), "fill-opacity": shown }),
      layer("-u", "fill", {
        "fill-pattern": "hatch", "fill-opacity": faded(from, until, when("s", "u", 0.55, 0)),
      }),
      layer("-border", "line", {
        "line-color": look.border, "line-width": 0.8, "line-opacity": faded(from, until, 1),
      }),
      worse("y", look.fill.yellow),
      worse("r", look.fill.red),
      layer("-red", "line", {
        "line-color": look.sign.red, "line-width": 2.2,
        "line-opacity": faded(from, until, ["case", red, 1, 0]),
      }),
    ];
  }

  function marks(colours, scale) {
    function one(id, status, image, size) {
      return {
        id: id, type: "symbol", source: "hot", filter: ["==", ["get", "s"], status],
        layout: {
          "icon-image": image, "icon-size": size * scale,
          "icon-allow-overlap": true, "icon-ignore-placement": true,
        },
      };
    }
    return [one("mark-yellow", "y", "yellow", 0.5), one("mark-red", "r", "red", 0.5)];
  }

  var BASE_LOOK = {
    green: { type: "fill", paint: { "fill-color": "#10231f", "fill-opacity": 0.8 } },
    water: { type: "fill", paint: { "fill-color": "#0a2238" } },
    buildings: { type: "fill", paint: { "fill-color": "#1a2740", "fill-opacity": 0.8 } },
    railways: { type: "line", paint: { "line-color": "#8a93a8", "line-opacity": 0.5, "line-dasharray": [4, 3] } },
    roads: {
      type: "line",
      paint: {
        "line-color": "#7288ad", "line-opacity": 0.55,
        "line-width": ["interpolate", ["linear"], ["zoom"], 8, 0.6, 12, 1.4, 16, 5],
      },
    },
  };

  function baseLayers(base, look) {
    var below = [], above = [], names = [];
    function add(kind, into) {
      base.filter(function (b) { return b.kind === kind; }).forEach(function (b) {
        into.push(Object.assign({ id: "base-" + b.name, source: "base-" + b.name,
          "source-layer": b.layer }, BASE_LOOK[kind]));
      });
    }
    ["green", "water", "buildings"].forEach(function (kind) { add(kind, below); });
    ["railways", "roads"].forEach(function (kind) { add(kind, above); });
    base.filter(function (b) { return b.kind === "names"; }).forEach(function (b) {
      names.push({
        id: "base-" + b.name, type: "symbol", source: "base-" + b.name, "source-layer": b.layer,
        layout: { "text-field": ["get", "name"], "text-font": look.fonts, "text-size": look.small },
        paint: { "text-color": look.muted, "text-halo-color": look.back, "text-halo-width": 1 },
      });
    });
    return { below: below, above: above, names: names };
  }

  function tiles(layer) {
    return {
      type: "vector", tiles: [window.location.origin + layer.tiles],
      minzoom: layer.min_zoom, maxzoom: layer.max_zoom, bounds: layer.bounds, promoteId: "n",
    };
  }

  /* The operator's own tile server: pictures, or OpenMapTiles' layers in our colours. */
  function operatorTiles(server, sources, system) {
    if (!server || server.coordinates !== system) { return []; } // layers follow a new system later
    sources.operator = {
      type: server.kind, tiles: [server.url], minzoom: server.min_zoom, maxzoom: server.max_zoom,
    };
    if (server.kind === "raster") {
      sources.operator.tileSize = server.tile_size;
      return [{ id: "operator", type: "raster", source: "operator", paint: {
        "raster-opacity": 0.55, "raster-saturation": -0.7, "raster-brightness-max": 0.55,
        "raster-fade-duration": 0,
      } }];
    }
    return [["water", "water"], ["green", "landcover"], ["green", "park"],
      ["buildings", "building"], ["roads", "transportation"]].map(function (pair) {
      return Object.assign({ id: "operator-" + pair[1], source: "operator",
        "source-layer": pair[1] }, BASE_LOOK[pair[0]]);
    });
  }

  function labels(look, coarse) {
    return {
      id: "label", type: "symbol", source: "label", maxzoom: 15,
      filter: coarse === null ? ["literal", true] : ["==", ["get", "level"], coarse],
      layout: {
        "text-field": ["get", "name"], "text-font": look.fonts, "text-size": look.large,
        "text-padding": 4,
      },
      paint: {
        "text-color": look.text, "text-halo-color": look.back, "text-halo-width": 1.6,
        "text-opacity": ["interpolate", ["linear"], ["zoom"], 12, 1, 14, 0.55],
      },
    };
  }

  function cellNames(look) {
    return {
      id: "cell-name", type: "symbol", source: "cell", "source-layer": "cell", minzoom: 14.5,
      layout: {
        "text-field": ["get", "name"], "text-font": look.fonts, "text-size": look.small,
        "text-variable-anchor": ["top", "bottom", "left", "right"], "text-radial-offset": 0.7,
      },
      paint: { "text-color": look.muted, "text-halo-color": look.back, "text-halo-width": 1.4 },
    };
  }

  /* The style, and the layers that answer to the pointer, the finest first.
     index: of a layer set; base: the operator's own layers; look: colours and sizes; middle: what
     stands between districts and footprints, "grid" or "hexagon". */
  foresite.mapStyle = function (index, base, look, middle) {
    var sources = {
      hot: { type: "geojson", data: { type: "FeatureCollection", features: [] } },
      label: { type: "geojson", data: index.labels },
    };
    var levels = index.levels, coarse = levels.length ? levels[0] : null;
    var fine = levels.length > 1 ? levels[levels.length - 1] : null;
    var has = index.layers, zooms = index.zooms, layers = [];
    ["region", "hexagon", "footprint", "cell", "site"].forEach(function (name) {
      if (has[name]) { sources[name] = tiles(has[name]); }
    });
    base.forEach(function (b) { sources["base-" + b.name] = tiles(b); });
    var own = baseLayers(base, look);
    layers.push({ id: "back", type: "background", paint: { "background-color": look.back } });
    var under = operatorTiles(index.server, sources, index.system).concat(own.below);
    layers = layers.concat(under);
    // colours let through what lies under them
    look = under.length ? Object.assign({}, look, { opacity: look.over }) : look;

    var grid = middle === "grid" && fine !== null, hexes = middle === "hexagon" && has.hexagon;
    var district = {
      name: "region", layer: "region",
      filter: coarse === null ? undefined : ["==", ["get", "level"], coarse],
    };
    var until = grid || hexes ? zooms.middle : has.footprint ? zooms.footprint : null;
    if (has.region) { layers = layers.concat(areas("region", district, look, null, until)); }
    var next = has.footprint ? zooms.footprint : null;
    if (grid) {
      var finest = { name: "region", layer: "region", filter: ["==", ["get", "level"], fine] };
      layers = layers.concat(areas("grid", finest, look, zooms.middle, next));
    } else if (hexes) {
      var six = { name: "hexagon", layer: "hexagon" };
      layers = layers.concat(areas("hexagon", six, look, zooms.middle, next));
    }
    if (has.footprint) {
      var feet = { name: "footprint", layer: "footprint" };
      layers = layers.concat(areas("footprint", feet, look, zooms.footprint, null));
      layers.push({
        id: "footprint-bad", type: "line", source: "footprint", "source-layer": "footprint",
        minzoom: zooms.footprint,
        paint: {
          "line-color": look.ring, "line-width": when("q", "b", 2, 0), "line-dasharray": [2, 1.5],
        },
      });
    }
    if (has.region) {
      layers.push({
        id: "outline", type: "line", source: "region", "source-layer": "region",
        minzoom: until === null ? 22 : until,
        filter: district.filter || ["literal", true],
        paint: { "line-color": look.outline, "line-width": 1.6 },
      });
    }
    layers = layers.concat(own.above);
    if (has.site) {
      layers.push({
        id: "site", type: "circle", source: "site", "source-layer": "site",
        minzoom: zooms.site, maxzoom: zooms.footprint + 0.5,
        paint: {
          "circle-radius": ["interpolate", ["linear"], ["zoom"], 8, 0.8, 13, 2.2],
          "circle-color": byStatus(look.sign), "circle-opacity": 0.55,
        },
      });
    }
    if (has.cell) {
      layers.push({
        id: "cell", type: "circle", source: "cell", "source-layer": "cell",
        minzoom: zooms.footprint + 0.5,
        paint: {
          "circle-radius": ["interpolate", ["linear"], ["zoom"], 11, 1.5, 15, 4],
          "circle-color": byStatus(look.sign), "circle-opacity": 0.85,
        },
      });
    }
    if (has.cell) { layers.push(cellNames(look)); }
    layers = layers.concat(own.names, [labels(look, coarse)], marks(look.sign, look.scale));
    var pointed = ["mark-red", "mark-yellow", "cell", "footprint", "hexagon", "grid", "region"];
    var there = layers.map(function (layer) { return layer.id; });
    return {
      style: { version: 8, sources: sources, layers: layers },
      pointed: pointed.filter(function (id) { return there.indexOf(id) >= 0; }),
    };
  };

  /* Hatch and signs, drawn here when they are first needed: nothing is asked of a server. */
  var IMAGES = {
    hatch: [16, function (pen, look, size) {
      pen.strokeStyle = look.hatch;
      pen.lineWidth = 2;
      [-size, 0, size].forEach(function (shift) {
        pen.beginPath();
        pen.moveTo(shift, size);
        pen.lineTo(shift + size, 0);
        pen.stroke();
      });
    }],
    red: [40, function (pen, look) {
      pen.fillStyle = look.sign.red;
      pen.strokeStyle = "#ffffff";
      pen.lineWidth = 3;
      pen.fillRect(5, 5, 30, 30);
      pen.strokeRect(5, 5, 30, 30);
    }],
    yellow: [40, function (pen, look) {
      pen.fillStyle = look.sign.yellow;
      pen.strokeStyle = look.back;
      pen.lineWidth = 2;
      pen.beginPath();
      pen.moveTo(20, 5);
      pen.lineTo(36, 34);
      pen.lineTo(4, 34);
      pen.closePath();
      pen.fill();
      pen.stroke();
    }],
  };

  foresite.mapImages = function (map, look) {
    map.setMissingStyleImageResolver(function (id) {
      var image = IMAGES[id];
      if (!image || map.hasImage(id)) { return Promise.resolve(); }
      var canvas = document.createElement("canvas"), size = image[0];
      canvas.width = canvas.height = size;
      var pen = canvas.getContext("2d");
      image[1](pen, look, size);
      map.addImage(id, pen.getImageData(0, 0, size, size));
      return Promise.resolve();
    });
  };
})();
