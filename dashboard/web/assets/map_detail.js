/* The map that one can move: it opens over the wall's picture when somebody zooms in, at the same
   place and size, and goes when one is back at the whole city. All it shows is in ?map=. */
(function () {
  "use strict";
  var foresite = (window.foresite = window.foresite || {});
  var EARTH_KM = 6371.0088, WIDEST_M = 40075016.686;
  var open = null; // the map on the screen
  var box = null; // its element, while the page has one

  /* ---- opening and closing ---- */

  function settings(element) {
    return JSON.parse(element.dataset.config);
  }

  /* The view of a picture (kilometres, spherical Mercator) as centre and zoom. */
  function viewOf(frame, width) {
    var x = (frame.x[0] + frame.x[1]) / 2, y = (frame.y[0] + frame.y[1]) / 2;
    return {
      lng: (x / EARTH_KM) * (180 / Math.PI),
      lat: (2 * Math.atan(Math.exp(y / EARTH_KM)) - Math.PI / 2) * (180 / Math.PI),
      zoom: Math.log2((2 * Math.PI * EARTH_KM * width) / (512 * (frame.x[1] - frame.x[0]))),
    };
  }

  function fromAddress() {
    var said = new URLSearchParams(window.location.search).get("map");
    var numbers = said ? said.split(",").map(Number) : [];
    if (numbers.length !== 3 || !numbers.every(isFinite)) { return null; }
    return { lng: numbers[0], lat: numbers[1], zoom: numbers[2] };
  }

  /* Into the address: the view (`map`) or the choice of grids or hexagons (`areas`). */
  function intoAddress(name, value) {
    var query = new URLSearchParams(window.location.search);
    if (value === null) { query.delete(name); } else { query.set(name, value); }
    var text = query.toString().replace(/%2C/g, ",");
    var path = window.location.pathname + (text ? "?" + text : "");
    window.history.replaceState(window.history.state, "", path);
  }

  function show(view) {
    if (open || box === null) { return; }
    if (!foresite.canDraw()) {
      say(box, settings(box).texts.no_webgl);
      return;
    }
    open = new Detail(box, view);
  }

  function close() {
    if (open) {
      open.remove();
      open = null;
      intoAddress("map", null);
      intoAddress("areas", null);
    }
  }

  function say(element, text) {
    var note = element.querySelector(".detail-note");
    if (!note) {
      note = document.createElement("div");
      note.className = "detail-note";
      note.setAttribute("role", "status");
      element.appendChild(note);
    }
    note.textContent = text || "";
    note.hidden = !text;
    element.classList.toggle("says", Boolean(text));
  }

  /* ---- the map ---- */

  function Detail(element, view) {
    this.box = element;
    this.config = settings(element);
    this.home = viewOf(this.config.frame, element.clientWidth || this.config.frame.width);
    this.middle = new URLSearchParams(window.location.search).get("areas");
    this.gone = false;
    this.build(view);
  }

  Detail.prototype.build = function (view) {
    var self = this, config = this.config;
    this.box.classList.add("open");
    this.box.innerHTML =
      '<div class="detail-map"></div><div class="detail-tools" role="group"></div>' +
      '<div class="detail-tip" hidden></div><div class="detail-scale"><i></i><span></span></div>' +
      '<div class="detail-credit"></div>';
    var base = get(config.base).catch(function () { return { layers: [] }; });
    Promise.all([foresite.engine(), get(config.index), base])
      .then(function (answers) {
        if (self.gone) { return; }
        self.index = answers[1];
        self.base = answers[2].layers || [];
        self.start(answers[0], view);
      })
      .catch(function () { say(self.box, config.texts.failed); });
  };

  Detail.prototype.start = function (Map, view) {
    var self = this, config = this.config;
    if (this.middle !== "hexagon" || !this.index.layers.hexagon) {
      this.middle = this.index.levels.length > 1 ? "grid" : "hexagon";
    }
    var made = foresite.mapStyle(this.index, this.base, config.look, this.middle);
    this.pointed = made.pointed;
    this.map = new Map({
      container: this.box.querySelector(".detail-map"), style: made.style,
      center: [view.lng, view.lat], zoom: view.zoom,
      minZoom: Math.max(0, this.home.zoom - 0.5), maxZoom: 18,
      attributionControl: false, fadeDuration: 0, dragRotate: false, pitchWithRotate: false,
      touchPitch: false, interactive: !config.kiosk, locale: config.texts.engine,
    });
    this.map.touchZoomRotate.disableRotation();
    this.map.keyboard.disableRotation();
    foresite.mapImages(this.map, config.look);
    this.box.foresiteMap = this.map; // for tests and the curious
    this.tools();
    var server = this.index.server;
    this.box.querySelector(".detail-credit").textContent = (server && server.attribution) || "";
    this.map.on("load", function () {
      self.values = new foresite.MapValues(self.map, Object.keys(made.style.sources));
      self.refresh();
      self.box.dataset.ready = "yes";
    });
    this.map.on("moveend", function () { self.moved(); });
    this.moved();
    this.map.on("error", function (event) {
      if (event.error && event.error.status !== undefined) {
        say(self.box, config.texts.failed); // a tile that did not come; the engine asks again
      } else {
        console.error(event.error);
      }
    });
    this.map.on("mousemove", function (event) { self.point(event); });
    this.map.on("mouseout", function () { self.tip(null); });
    this.map.on("click", function (event) { self.go(event); });
  };

  Detail.prototype.moved = function () {
    var at = this.map.getCenter(), zoom = this.map.getZoom();
    if (zoom < this.home.zoom - 0.05 && !this.config.kiosk) {
      close(); // farther out than the whole city: back to the picture
      return;
    }
    this.scale();
    intoAddress("map", [at.lng.toFixed(4), at.lat.toFixed(4), zoom.toFixed(2)].join(","));
  };

  Detail.prototype.remove = function () {
    this.gone = true;
    clearTimeout(this.timer);
    if (this.map) { this.map.remove(); }
    this.box.classList.remove("open", "says");
    this.box.innerHTML = "";
    delete this.box.dataset.ready;
    delete this.box.foresiteMap;
  };

  /* ---- values: asked for at the page's beat; unchanged they cost a 304 ---- */

  Detail.prototype.refresh = function () {
    var self = this;
    get(this.config.values)
      .then(function (values) {
        if (self.gone) { return; }
        say(self.box, "");
        if (values.layers !== self.index.hash) {
          self.renew(values.layers);
        } else if (!self.values.now || values.version !== self.values.now.version) {
          self.values.take(values);
          self.box.dataset.version = values.version;
        }
      })
      .catch(function () { /* the page's banner says that the server is away */ })
      .finally(function () {
        if (!self.gone) {
          var beat = Number(document.documentElement.dataset.beat) || 5000;
          self.timer = setTimeout(function () { self.refresh(); }, beat);
        }
      });
  };

  /* Another inventory: other geometry. The view stays. */
  Detail.prototype.renew = function (hash) {
    var self = this;
    if (!hash) { return; }
    get(this.config.index.replace(this.index.hash, hash)).then(function (index) {
      if (self.gone) { return; }
      self.config.index = self.config.index.replace(self.index.hash, hash);
      self.index = index;
      self.dress();
    });
  };

  Detail.prototype.dress = function () {
    var self = this;
    var made = foresite.mapStyle(this.index, this.base, this.config.look, this.middle);
    var values = this.values && this.values.now;
    this.pointed = made.pointed;
    this.map.setStyle(made.style, { diff: false });
    this.map.once("styledata", function () {
      self.values = new foresite.MapValues(self.map, Object.keys(made.style.sources));
      if (values && values.layers === self.index.hash) { self.values.take(values); }
    });
  };

  /* ---- the pointer ---- */

  var WORTH = { r: 3, y: 2, u: 1, g: 0 };

  Detail.prototype.under = function (event) {
    var self = this;
    var layers = this.pointed.filter(function (id) { return self.map.getLayer(id); });
    var found = this.map.queryRenderedFeatures(event.point, { layers: layers });
    var seen = {}, kinds = found.map(function (feature) {
      var kind = feature.layer.id.replace(/^mark-.*/, "footprint").replace(/^cell$/, "footprint");
      return { kind: kind === "grid" ? "region" : kind, properties: feature.properties };
    });
    if (!kinds.length) { return []; }
    var top = kinds[0].kind;
    kinds = kinds.filter(function (one) {
      var key = one.properties.id, fresh = one.kind === top && !seen[key];
      seen[key] = true;
      return fresh;
    });
    kinds.forEach(function (one) {
      one.values = self.values ? self.values.of(one.kind, one.properties.n) : null;
    });
    return kinds.sort(function (a, b) {
      return WORTH[b.values ? b.values.status : "u"] - WORTH[a.values ? a.values.status : "u"];
    });
  };

  Detail.prototype.point = function (event) {
    var found = this.under(event);
    this.map.getCanvas().style.cursor = found.length ? "pointer" : "";
    this.tip(found.length ? found : null, event.point);
  };

  Detail.prototype.tip = function (found, at) {
    var tip = this.box.querySelector(".detail-tip"), config = this.config;
    if (!tip) { return; }
    tip.hidden = !found;
    if (!found) { return; }
    tip.textContent = "";
    found.slice(0, 4).forEach(function (one) {
      tip.appendChild(line(one, config));
    });
    if (found.length > 4) {
      var more = document.createElement("div");
      more.className = "muted";
      more.textContent = config.texts.more.replace("{n}", found.length - 4);
      tip.appendChild(more);
    }
    var right = at.x > this.box.clientWidth - 340, low = at.y > this.box.clientHeight - 160;
    tip.style.left = (right ? at.x - 16 : at.x + 16) + "px";
    tip.style.top = (low ? at.y - 16 : at.y + 16) + "px";
    tip.style.transform = "translate(" + (right ? "-100%" : "0") + "," + (low ? "-100%" : "0") + ")";
  };

  function line(one, config) {
    var words = config.texts, values = one.values || { status: "u" };
    var made = document.createElement("div"), mark = document.createElement("span");
    mark.className = "mark " + { r: "red", y: "yellow", g: "green", u: "unknown" }[values.status];
    mark.textContent = words.signs[values.status];
    var name = document.createElement("b");
    name.textContent = one.kind === "hexagon" ? words.hexagon : one.properties.name || one.properties.id;
    var rest = document.createElement("span");
    var said = [words.status[values.status]];
    if (values.status !== "u") {
      if (values.chance !== null && values.chance !== undefined) {
        said.push(words.chance.replace("{value}", foresite.chance(values.chance)));
      }
      if (values.expected !== null && values.expected !== undefined) {
        said.push(words.expected.replace("{value}", values.expected.toFixed(1)));
      }
    }
    if (values.quality === "b") { said.push(words.bad); }
    rest.textContent = said.join(" · ");
    made.append(mark, name, rest);
    return made;
  }

  /* A letter says a chance: the server's 64 steps (dashboard.layers), as per cent. */
  var STEPS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  foresite.chance = function (letter) {
    var share = Math.pow(STEPS.indexOf(letter) / 63, 2);
    return share < 0.1 ? (100 * share).toFixed(1) : Math.round(100 * share).toString();
  };

  Detail.prototype.go = function (event) {
    var found = this.under(event);
    if (!found.length) { return; }
    var first = found[0];
    if (first.kind === "footprint") {
      var path = this.config.cell.replace("__id__", encodeURIComponent(first.properties.id));
      window.dash_clientside.set_props("url", { href: path });
      return;
    }
    var step = first.kind === "region" ? 2 : 1.5;
    this.map.easeTo({ center: event.lngLat, zoom: this.map.getZoom() + step, duration: 300 });
  };

  /* ---- tools: in, out, the whole city, grid or hexagons; a scale ---- */

  Detail.prototype.tools = function () {
    var self = this, group = this.box.querySelector(".detail-tools"), words = this.config.texts;
    if (this.config.kiosk) { return; }
    function button(text, label, act) {
      var made = document.createElement("button");
      made.type = "button";
      made.textContent = text;
      made.title = label;
      made.setAttribute("aria-label", label);
      made.addEventListener("click", act);
      group.appendChild(made);
      return made;
    }
    button("+", words.zoom_in, function () { self.map.zoomIn({ duration: 200 }); });
    button("−", words.zoom_out, function () { self.map.zoomOut({ duration: 200 }); });
    button("⌂", words.whole_city, close);
    if (this.index.levels.length > 1 && this.index.layers.hexagon) {
      var toggle = button("", "", function () {
        self.middle = self.middle === "grid" ? "hexagon" : "grid";
        intoAddress("areas", self.middle);
        name();
        self.dress();
      });
      var name = function () {
        var other = self.middle === "grid" ? "hexagon" : "grid";
        toggle.textContent = other === "grid" ? "▦" : "⬡";
        toggle.title = words["show_" + other];
        toggle.setAttribute("aria-label", toggle.title);
      };
      name();
    }
    this.box.querySelector("canvas").setAttribute("aria-label", words.map_label);
  };

  Detail.prototype.scale = function () {
    var bar = this.box.querySelector(".detail-scale"), at = this.map.getCenter().lat;
    var perPixel = (WIDEST_M * Math.cos((at * Math.PI) / 180)) / (512 * Math.pow(2, this.map.getZoom()));
    var most = perPixel * 140, power = Math.pow(10, Math.floor(Math.log10(most)));
    var metres = [5, 2, 1].map(function (n) { return n * power; })
      .find(function (length) { return length <= most; });
    bar.querySelector("i").style.width = metres / perPixel + "px";
    bar.querySelector("span").textContent = metres >= 1000 ? metres / 1000 + " km" : metres + " m";
  };

  function get(address) {
    return fetch(address, { cache: "no-cache" }).then(function (answer) {
      if (!answer.ok) { throw new Error(address + ": " + answer.status); }
      return answer.json();
    });
  }

  /* ---- the page: zooming into the picture opens the map ---- */

  function zoomed(picture, event, step) {
    var config = settings(box), small = picture.closest(".inset");
    var frame = small ? config.inset : config.frame, rect = picture.getBoundingClientRect();
    var view = viewOf(frame, rect.width);
    // what is under the pointer stays there
    var dx = event.clientX - rect.left - rect.width / 2, dy = event.clientY - rect.top - rect.height / 2;
    var per = 360 / (512 * Math.pow(2, view.zoom)), keep = 1 - Math.pow(2, -step);
    view.lng += dx * per * keep;
    view.lat -= dy * per * Math.cos((view.lat * Math.PI) / 180) * keep;
    view.zoom += step;
    show(view);
  }

  function pictureOf(target) {
    return target instanceof Element && box && !open ? target.closest(".map-panel .map") : null;
  }

  document.addEventListener("wheel", function (event) {
    var picture = pictureOf(event.target);
    if (!picture || event.deltaY >= 0 || settings(box).kiosk || !foresite.canDraw()) { return; }
    event.preventDefault();
    event.stopPropagation();
    zoomed(picture, event, 1);
  }, { capture: true, passive: false });

  document.addEventListener("dblclick", function (event) {
    var picture = pictureOf(event.target);
    if (picture && !settings(box).kiosk) { zoomed(picture, event, 1.5); }
  }, true);

  document.addEventListener("click", function (event) {
    var opener = event.target instanceof Element && event.target.closest(".detail-open");
    if (opener && box) {
      var view = viewOf(settings(box).frame, box.clientWidth);
      view.zoom += 1;
      show(view);
    }
  });

  document.addEventListener("keydown", function (event) {
    if (event.key === "Escape" && open && !open.config.kiosk) { close(); }
  });

  new MutationObserver(function () {
    var found = document.getElementById("wall-detail");
    if (found === box) { return; }
    if (open) { open.remove(); open = null; }
    box = found;
    if (box && box.dataset.config) {
      var view = fromAddress();
      if (view) { show(view); }
    }
  }).observe(document.body, { childList: true, subtree: true });
})();
