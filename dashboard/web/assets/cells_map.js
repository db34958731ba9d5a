/* The map beside the table of cells: districts and the cells that fit, on one canvas. It shares the
   selection with the table through the address; the table says all of it in words. */
(function () {
  "use strict";

  var ORDER = "ugyr"; // what is drawn later lies above
  var SIZE = { r: 5.5, y: 5.5, g: 1.9, u: 2.4 };
  var MOST_ZOOM = 60, REACH = 12, RETRY_MS = 5000;

  var box, canvas, pen, tip;
  var land = null;      // what /api/v1/cells-map said, taken apart
  var said = null;      // which cells fit, and the selected one
  var fit = null;       // numbers of the cells that fit, in the order they are drawn
  var view = null;      // { scale, x, y }: pixels of a unit, and where the picture's corner lies
  var pointed = null;   // number of the cell under the pointer, here or in the table
  var wanted = null;    // version of the snapshot that was asked for
  var framed = "";      // district the view was last fitted to
  var drawing = false;
  var unit = 1;         // of type and signs
  var watching = null;

  function colour(name) {
    return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  }
  function sums(steps) {
    var made = new Int32Array(steps.length), at = 0;
    for (var i = 0; i < steps.length; i++) { at += steps[i]; made[i] = at; }
    return made;
  }
  function bits(text, n) {
    var raw = atob(text), made = [];
    for (var i = 0; i < n; i++) {
      if (raw.charCodeAt(i >> 3) & (128 >> (i & 7))) { made.push(i); }
    }
    return made;
  }

  /* ---- where things are ---- */
  function load(setup, version) {
    unit = setup.scale;
    if (!attach()) { return; }
    if (wanted === version && land) { redraw(); return; }
    wanted = version;
    var at = setup.at ? "?at=" + encodeURIComponent(setup.at) : "";
    fetch("/api/v1/cells-map" + at)
      .then(function (answer) {
        if (!answer.ok) { throw new Error(String(answer.status)); }
        return answer.json();
      })
      .then(function (told) {
        if (wanted !== version) { return; }
        land = taken(told);
        state("");
        sift();
        if (!view) { frame(framed); }
        redraw();
      })
      .catch(function () {
        wanted = null;
        state(setup.texts.map_failed);
        setTimeout(function () { if (document.contains(box)) { load(setup, version); } }, RETRY_MS);
      });
  }
  function state(text) {
    var line = box && box.querySelector(".cells-map-state");
    if (line) { line.textContent = text; line.hidden = !text; }
  }
  function taken(told) {
    var x = sums(told.x), y = sums(told.y), n = told.ids.length;
    var lost = new Set(told.lost), many = new Map();
    var turn = new Uint8Array(n), group = new Array(n);
    for (var i = 0; i < n; i++) {
      var key = x[i] * 1e6 + y[i];
      turn[i] = many.get(key) || 0;
      many.set(key, turn[i] + 1);
      group[i] = key;
    }
    var sway = new Float32Array(2 * n);
    for (i = 0; i < n; i++) {
      /* Cells of one mast stand around it. */
      var of = many.get(group[i]), angle = 2 * Math.PI * turn[i] / of - Math.PI / 2;
      sway[2 * i] = of > 1 ? Math.cos(angle) : 0;
      sway[2 * i + 1] = of > 1 ? Math.sin(angle) : 0;
    }
    var districts = told.districts.map(function (one) {
      var path = new Path2D(), west = Infinity, east = -Infinity, north = Infinity, south = -Infinity;
      one.rings.forEach(function (ring) {
        var px = 0, py = 0;
        for (var i = 0; i < ring.length; i += 2) {
          px += ring[i];
          py += ring[i + 1];
          if (i === 0) { path.moveTo(px, py); } else { path.lineTo(px, py); }
          west = Math.min(west, px); east = Math.max(east, px);
          north = Math.min(north, py); south = Math.max(south, py);
        }
        path.closePath();
      });
      return { id: one.id, name: one.name, at: one.at, path: path, bounds: [west, north, east, south] };
    });
    return { ids: told.ids, status: told.status, quality: told.quality, x: x, y: y, sway: sway,
      lost: lost, size: told.size, districts: districts };
  }
  function sift() {
    if (!land || !said) { return; }
    if (said.of !== land.ids.length) { fit = []; return; } // of another snapshot: it is on its way
    fit = bits(said.fit, said.of).filter(function (n) { return !land.lost.has(n); });
    fit.sort(function (a, b) {
      return ORDER.indexOf(land.status[a]) - ORDER.indexOf(land.status[b]) || a - b;
    });
  }
  function show(told, region) {
    said = told;
    sift();
    if (canvas) {
      canvas.setAttribute("aria-label",
        window.foresiteCells.text("map_label", { n: told.total.toLocaleString("en") }));
    }
    if ((region || "") !== framed) { framed = region || ""; if (land) { frame(framed); } }
    redraw();
  }
  /* The whole city, or one district. */
  function frame(region) {
    if (!land || !box) { return; }
    var found = land.districts.find(function (one) { return one.id === region; });
    var bounds = found ? found.bounds : [0, 0, land.size[0], land.size[1]];
    var pad = found ? 0.08 : 0.01, w = box.clientWidth, h = box.clientHeight;
    var scale = Math.min(w / ((bounds[2] - bounds[0]) * (1 + 2 * pad)),
      h / ((bounds[3] - bounds[1]) * (1 + 2 * pad)));
    view = { scale: scale, x: w / 2 - scale * (bounds[0] + bounds[2]) / 2,
      y: h / 2 - scale * (bounds[1] + bounds[3]) / 2 };
  }
  function least() {
    return Math.min(box.clientWidth / land.size[0], box.clientHeight / land.size[1]);
  }
  function zoom(factor, x, y) {
    if (!view) { return; }
    var scale = Math.max(least() * 0.9, Math.min(least() * MOST_ZOOM, view.scale * factor));
    var by = scale / view.scale;
    view = { scale: scale, x: x - by * (x - view.x), y: y - by * (y - view.y) };
    redraw();
  }
  /* How far the cells of one mast stand from it; least() looks at the layout, so it is kept. */
  function spread() {
    if (view.spread === undefined) {
      view.spread = Math.min(7, 0.9 + 0.35 * view.scale / least()) * unit;
    }
    return view.spread;
  }
  function place(n) {
    var s = spread();
    return [view.x + view.scale * land.x[n] + s * land.sway[2 * n],
      view.y + view.scale * land.y[n] + s * land.sway[2 * n + 1]];
  }

  /* ---- drawing ---- */
  function redraw() {
    if (drawing) { return; }
    drawing = true;
    requestAnimationFrame(function () { drawing = false; draw(); });
  }
  function draw() {
    if (!box || !document.contains(box) || !land || !view) { return; }
    var ratio = window.devicePixelRatio || 1, w = box.clientWidth, h = box.clientHeight;
    if (canvas.width !== Math.round(w * ratio) || canvas.height !== Math.round(h * ratio)) {
      canvas.width = Math.round(w * ratio);
      canvas.height = Math.round(h * ratio);
    }
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, w, h);
    ground(ratio);
    points(w, h);
    names(w, h);
    ring(said && said.n, colour("--accent"), true);
    ring(pointed, colour("--text"), false);
    canvas.dataset.drawn = String(fit ? fit.length : 0);
  }
  function ground(ratio) {
    var fill = colour("--panel-2"), line = colour("--muted"), chosen = colour("--accent");
    pen.setTransform(ratio * view.scale, 0, 0, ratio * view.scale, ratio * view.x, ratio * view.y);
    land.districts.forEach(function (one) {
      pen.fillStyle = fill;
      pen.fill(one.path, "evenodd");
    });
    land.districts.forEach(function (one) {
      var here = framed === one.id;
      pen.lineWidth = (here ? 1.6 : 1) * unit / view.scale;
      pen.strokeStyle = here ? chosen : line;
      pen.globalAlpha = here ? 1 : 0.4;
      pen.stroke(one.path);
      pen.globalAlpha = 1;
    });
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  }
  function points(w, h) {
    if (!fit) { return; }
    var near = Math.min(1.8, Math.sqrt(view.scale / least()) * 0.5 + 0.5);
    var paint = { r: colour("--red"), y: colour("--yellow"), g: colour("--green"), u: colour("--unknown") };
    var edge = colour("--panel"), around = colour("--muted");
    /* One path a kind: thousands of signs are drawn in a few strokes. */
    var rings = [];
    ORDER.split("").forEach(function (kind) {
      var size = SIZE[kind] * unit * near;
      pen.beginPath();
      fit.forEach(function (n) {
        if (land.status[n] !== kind) { return; }
        var at = place(n);
        if (at[0] < -size || at[1] < -size || at[0] > w + size || at[1] > h + size) { return; }
        shape(kind, at[0], at[1], size);
        if (land.quality[n] === "b") { rings.push(at[0], at[1], size + 2.5 * unit); }
      });
      pen.globalAlpha = kind === "g" ? 0.55 : 1;
      pen.fillStyle = pen.strokeStyle = paint[kind];
      pen.lineWidth = unit;
      if (kind === "u") { pen.stroke(); } else { pen.fill(); }
      pen.globalAlpha = 1;
      if (kind === "r" || kind === "y") {
        pen.strokeStyle = edge;
        pen.stroke();
      }
    });
    pen.strokeStyle = around;
    pen.lineWidth = unit;
    pen.beginPath();
    for (var i = 0; i < rings.length; i += 3) {
      pen.moveTo(rings[i] + rings[i + 2], rings[i + 1]);
      pen.arc(rings[i], rings[i + 1], rings[i + 2], 0, 2 * Math.PI);
    }
    pen.stroke();
  }
  function shape(kind, x, y, size) {
    if (kind === "r") { pen.rect(x - size * 0.85, y - size * 0.85, 1.7 * size, 1.7 * size); }
    else if (kind === "y") {
      pen.moveTo(x, y - size);
      pen.lineTo(x + size, y + 0.8 * size);
      pen.lineTo(x - size, y + 0.8 * size);
      pen.closePath();
    } else if (kind === "g" && size > 3 * unit) {
      pen.moveTo(x + size, y);
      pen.arc(x, y, size, 0, 2 * Math.PI);
    } else if (kind === "g") { pen.rect(x - 0.85 * size, y - 0.85 * size, 1.7 * size, 1.7 * size); }
    else { pen.rect(x - size, y - size, 2 * size, 2 * size); }
  }
  function names(w, h) {
    pen.font = 12 * unit + "px " + getComputedStyle(document.body).fontFamily;
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    pen.lineJoin = "round";
    pen.lineWidth = 3 * unit;
    pen.strokeStyle = colour("--panel-2");
    pen.fillStyle = colour("--text");
    var used = [];
    land.districts.slice().sort(function (a, b) {
      return area(b) - area(a);
    }).forEach(function (one) {
      var x = view.x + view.scale * one.at[0], y = view.y + view.scale * one.at[1];
      var half = pen.measureText(one.name).width / 2, tall = 9 * unit;
      var fits = 2 * half < view.scale * (one.bounds[2] - one.bounds[0]);
      var inside = x > half && x < w - half && y > tall && y < h - tall;
      var free = used.every(function (other) {
        return Math.abs(other[0] - x) > other[2] + half || Math.abs(other[1] - y) > 2 * tall;
      });
      if (!fits || !inside || !free) { return; }
      used.push([x, y, half]);
      pen.strokeText(one.name, x, y);
      pen.fillText(one.name, x, y);
    });
  }
  function area(one) {
    return (one.bounds[2] - one.bounds[0]) * (one.bounds[3] - one.bounds[1]);
  }
  function ring(n, paint, cross) {
    if (n === null || n === undefined || land.lost.has(n) || n >= land.ids.length) { return; }
    var at = place(n), size = 10 * unit;
    pen.strokeStyle = paint;
    pen.lineWidth = 2 * unit;
    pen.beginPath();
    pen.arc(at[0], at[1], size, 0, 2 * Math.PI);
    if (cross) {
      [[-1, 0], [1, 0], [0, -1], [0, 1]].forEach(function (way) {
        pen.moveTo(at[0] + way[0] * size, at[1] + way[1] * size);
        pen.lineTo(at[0] + way[0] * 1.7 * size, at[1] + way[1] * 1.7 * size);
      });
    }
    pen.stroke();
  }

  /* ---- pointer ---- */
  function under(x, y) {
    if (!fit || !view) { return null; }
    var best = null, least = REACH * unit;
    fit.forEach(function (n) {
      var at = place(n), far = Math.hypot(at[0] - x, at[1] - y);
      /* Of two that lie together the graver one is meant. */
      far -= (land.status[n] === "r" ? 4 : land.status[n] === "y" ? 3 : 0) * unit;
      if (far < least) { least = far; best = n; }
    });
    return best;
  }
  function districtAt(x, y) {
    var px = (x - view.x) / view.scale, py = (y - view.y) / view.scale;
    pen.save();
    pen.setTransform(1, 0, 0, 1, 0, 0);
    var found = land.districts.find(function (one) {
      return pen.isPointInPath(one.path, px, py, "evenodd");
    });
    pen.restore();
    return found;
  }
  var tipFor = null, waiting = null;
  function hover(n, x, y) {
    if (n !== pointed) {
      pointed = n;
      redraw();
      window.foresiteCells.hover(n === null ? null : land.ids[n]);
    }
    canvas.style.cursor = n === null ? "grab" : "pointer";
    clearTimeout(waiting);
    if (n === null) { tipFor = null; tip.hidden = true; return; }
    put(x, y);
    if (tipFor === n) { return; }
    tip.hidden = true;
    waiting = setTimeout(function () {
      window.foresiteCells.rowOf(n).then(function (row) {
        if (pointed !== n || !row) { return; }
        tipFor = n;
        tip.replaceChildren();
        line("strong", row.name);
        line("span", row.status + " · " + row.probability + " · " + row.expected, "status " + row.code);
        line("span", [row.cause, row.agreement].filter(function (text) {
          return text && text !== "—";
        }).join(" · "));
        if (row.burst) { line("span", window.foresiteCells.text("bursts", { n: row.burst })); }
        tip.hidden = false;
        put(x, y);
      }).catch(function () { tip.hidden = true; });
    }, 60);
  }
  function line(kind, text, name) {
    if (!text) { return; }
    var made = document.createElement(kind);
    made.textContent = text;
    if (name) { made.className = name; }
    tip.appendChild(made);
  }
  function put(x, y) {
    var left = Math.min(x + 16, box.clientWidth - tip.offsetWidth - 8);
    var top = y + 16 + tip.offsetHeight > box.clientHeight ? y - tip.offsetHeight - 12 : y + 16;
    tip.style.transform = "translate(" + Math.max(8, left) + "px," + Math.max(8, top) + "px)";
  }

  /* The page is drawn anew now and then: its canvas is another one then. */
  function attach() {
    var now = document.getElementById("cells-map");
    if (!now) { return false; }
    if (now === box) { return true; }
    box = now;
    canvas = box.querySelector("canvas");
    tip = box.querySelector(".cells-tip");
    tip.hidden = true;
    pen = canvas.getContext("2d");
    view = null;
    pointed = null;
    if (land) { state(""); frame(framed); }
    var held = null;
    canvas.addEventListener("pointerdown", function (event) {
      held = { x: event.offsetX, y: event.offsetY, moved: false, view: view };
      canvas.setPointerCapture(event.pointerId);
    });
    canvas.addEventListener("pointermove", function (event) {
      if (!held || !view) { hover(under(event.offsetX, event.offsetY), event.offsetX, event.offsetY); return; }
      var dx = event.offsetX - held.x, dy = event.offsetY - held.y;
      if (Math.hypot(dx, dy) > 4) { held.moved = true; }
      if (held.moved) {
        view = { scale: held.view.scale, x: held.view.x + dx, y: held.view.y + dy };
        canvas.style.cursor = "grabbing";
        redraw();
      }
    });
    canvas.addEventListener("pointerup", function (event) {
      var moved = held && held.moved;
      held = null;
      if (moved || !land) { return; }
      var n = under(event.offsetX, event.offsetY);
      if (n !== null) { window.foresiteCells.choose(land.ids[n]); }
    });
    canvas.addEventListener("pointerleave", function () { if (!held) { hover(null); } });
    canvas.addEventListener("dblclick", function (event) {
      if (!land || under(event.offsetX, event.offsetY) !== null) { return; }
      var found = districtAt(event.offsetX, event.offsetY);
      if (found) { window.foresiteCells.region(found.id); }
    });
    canvas.addEventListener("wheel", function (event) {
      event.preventDefault();
      zoom(Math.exp(-event.deltaY / 400), event.offsetX, event.offsetY);
    }, { passive: false });
    box.querySelector(".in").addEventListener("click", function () {
      zoom(1.6, box.clientWidth / 2, box.clientHeight / 2);
    });
    box.querySelector(".out").addEventListener("click", function () {
      zoom(1 / 1.6, box.clientWidth / 2, box.clientHeight / 2);
    });
    box.querySelector(".all").addEventListener("click", function () { frame(""); redraw(); });
    if (watching) { watching.disconnect(); }
    watching = new ResizeObserver(function () {
      if (land && box.clientWidth) { frame(framed); redraw(); }
    });
    watching.observe(box);
    return true;
  }
  new MutationObserver(redraw).observe(document.documentElement,
    { attributes: true, attributeFilter: ["data-theme", "data-palette"] });

  window.foresiteCellsMap = {
    load: load,
    show: show,
    point: function (n) { if (n !== pointed) { pointed = n; redraw(); } },
    /* For tests: where a cell is drawn, in pixels of the page. */
    placeOf: function (id) {
      var n = land ? land.ids.indexOf(id) : -1;
      if (n < 0 || !view) { return null; }
      var at = place(n), edge = canvas.getBoundingClientRect();
      return [edge.x + at[0], edge.y + at[1]];
    },
  };
})();
