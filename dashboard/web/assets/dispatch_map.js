/* The map of the board on one canvas: districts, orders by state as sign and colour, teams' bases,
   and their ways. All of it is said in words by the cards. */
(function () {
  "use strict";

  var board = window.foresiteDispatch;
  var MOST_ZOOM = 60, REACH = 14, RETRY_MS = 5000;
  var ORDER = ["closed", "rejected", "cancelled", "verified", "repaired", "proposed", "accepted",
    "reopened", "dispatched", "on_site"]; // what is drawn later lies above

  var box = null, canvas, pen, tip;
  var land = null, view = null, pointed = null, drawing = false, wanted = null, framed = null;
  var watching = null, retry = null;

  function unit() { return board.setup().scale; }
  function colour(name) {
    return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  }

  function load(data) {
    if (!attach() || !box.clientWidth) { return; }
    var address = board.api("map");
    var key = address + "|" + data.version;
    if (wanted === key) { redraw(); return; }
    wanted = key;
    clearTimeout(retry);
    fetch(address)
      .then(function (answer) {
        if (!answer.ok) { throw new Error(String(answer.status)); }
        return answer.json();
      })
      .then(function (told) {
        if (wanted !== key || !board.here()) { return; }
        land = taken(told);
        state(told.lost ? board.text("map_lost", { n: told.lost }) : "");
        canvas.setAttribute("aria-label", board.text("map_label",
          { n: land.orders.length, teams: land.teams.length }));
        var region = board.query().get("region_id") || "";
        if (!view || framed !== region) { frame(region); }
        redraw();
      })
      .catch(function () {
        if (wanted !== key) { return; }
        wanted = null;
        state(board.text("map_failed"));
        retry = setTimeout(function () { if (board.here() && board.data) { load(board.data); } }, RETRY_MS);
      });
  }
  function state(text) {
    var line = box.querySelector(".dp-map-state");
    line.textContent = text;
    line.hidden = !text;
  }
  function taken(told) {
    told.districts = told.districts.map(function (one) {
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
    told.orders = told.orders.map(function (one) {
      return { id: one[0], state: one[1], x: one[2], y: one[3], site: one[4], cause: one[5], late: one[6] };
    }).sort(function (a, b) { return ORDER.indexOf(a.state) - ORDER.indexOf(b.state); });
    return told;
  }
  function frame(region) {
    framed = region;
    var found = land.districts.find(function (one) { return one.id === region; });
    var bounds = found ? found.bounds : [0, 0, land.size[0], land.size[1]];
    var pad = found ? 0.08 : 0.01, w = box.clientWidth, h = box.clientHeight;
    var scale = Math.min(w / ((bounds[2] - bounds[0]) * (1 + 2 * pad)),
      h / ((bounds[3] - bounds[1]) * (1 + 2 * pad)));
    view = { scale: scale, x: w / 2 - scale * (bounds[0] + bounds[2]) / 2,
      y: h / 2 - scale * (bounds[1] + bounds[3]) / 2 };
  }
  function least() { return Math.min(box.clientWidth / land.size[0], box.clientHeight / land.size[1]); }
  function zoom(factor, x, y) {
    if (!view) { return; }
    var scale = Math.max(least() * 0.9, Math.min(least() * MOST_ZOOM, view.scale * factor));
    var by = scale / view.scale;
    view = { scale: scale, x: x - by * (x - view.x), y: y - by * (y - view.y) };
    redraw();
  }
  function at(x, y) { return [view.x + view.scale * x, view.y + view.scale * y]; }

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
    ground(ratio, w, h);
    ways();
    names(w, h);
    teams();
    orders();
    ring();
    canvas.dataset.drawn = String(land.orders.length);
  }
  function ground(ratio, w, h) {
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, w, h);
    pen.setTransform(ratio * view.scale, 0, 0, ratio * view.scale, ratio * view.x, ratio * view.y);
    pen.fillStyle = colour("--panel-2");
    land.districts.forEach(function (one) { pen.fill(one.path, "evenodd"); });
    land.districts.forEach(function (one) {
      var here = framed === one.id;
      pen.lineWidth = (here ? 1.6 : 1) * unit() / view.scale;
      pen.strokeStyle = colour(here ? "--accent" : "--muted");
      pen.globalAlpha = here ? 1 : 0.4;
      pen.stroke(one.path);
      pen.globalAlpha = 1;
    });
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  }
  function ways() {
    pen.strokeStyle = colour("--wo-dispatched");
    pen.lineWidth = 1.5 * unit();
    pen.globalAlpha = 0.75;
    pen.setLineDash([6 * unit(), 4 * unit()]);
    land.ways.forEach(function (path) {
      pen.beginPath();
      for (var i = 0; i < path.length; i += 2) {
        var p = at(path[i], path[i + 1]);
        if (i === 0) { pen.moveTo(p[0], p[1]); } else { pen.lineTo(p[0], p[1]); }
      }
      pen.stroke();
    });
    pen.setLineDash([]);
    pen.globalAlpha = 1;
  }
  function sign(text, x, y, size, paint, edge) {
    pen.font = "600 " + size + "px " + getComputedStyle(document.body).fontFamily;
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    pen.lineJoin = "round";
    pen.lineWidth = 3.5 * unit();
    pen.strokeStyle = edge;
    pen.strokeText(text, x, y);
    pen.fillStyle = paint;
    pen.fillText(text, x, y);
  }
  function orders() {
    var signs = board.setup().signs, edge = colour("--panel"), paint = {};
    var near = Math.min(1.7, Math.sqrt(view.scale / least()) * 0.45 + 0.55);
    var many = land.orders.length > 400 ? 0.7 : 1;
    ORDER.forEach(function (name) { paint[name] = colour("--wo-" + name); });
    land.orders.forEach(function (one) {
      var p = at(one.x, one.y);
      if (one.late === "missed") { around(p, 10.5 * near * many, colour("--late"), 1.5); }
      sign(signs[one.state], p[0], p[1], 15 * unit() * near * many, paint[one.state], edge);
    });
    labels(edge);
  }
  /* Where few are in sight, their sites have room for their names. */
  function labels(edge) {
    var w = box.clientWidth, h = box.clientHeight, used = [];
    var inside = land.orders.filter(function (one) {
      var p = at(one.x, one.y);
      return p[0] > 0 && p[1] > 0 && p[0] < w && p[1] < h;
    });
    if (inside.length > 40) { return; }
    pen.font = 11.5 * unit() + "px " + getComputedStyle(document.body).fontFamily;
    pen.textAlign = "center";
    pen.lineWidth = 3 * unit();
    pen.strokeStyle = edge;
    pen.fillStyle = colour("--text");
    inside.reverse().forEach(function (one) {
      var p = at(one.x, one.y), y = p[1] + 15 * unit(), half = pen.measureText(one.site).width / 2;
      var free = used.every(function (other) {
        return Math.abs(other[0] - p[0]) > other[2] + half || Math.abs(other[1] - y) > 13 * unit();
      });
      if (!free) { return; }
      used.push([p[0], y, half]);
      pen.strokeText(one.site, p[0], y);
      pen.fillText(one.site, p[0], y);
    });
  }
  function around(p, size, paint, width) {
    pen.strokeStyle = paint;
    pen.lineWidth = width * unit();
    pen.beginPath();
    pen.arc(p[0], p[1], size * unit(), 0, 2 * Math.PI);
    pen.stroke();
  }
  function teams() {
    var edge = colour("--panel"), text = colour("--text"), muted = colour("--muted");
    land.teams.forEach(function (one) {
      var p = at(one[3], one[4]);
      var paint = one[2] === "off" || one[2] === "later" ? muted : text;
      sign("▣", p[0], p[1], 14 * unit(), paint, edge);
      if (view.scale > 2 * least()) { sign(one[1], p[0], p[1] - 15 * unit(), 11.5 * unit(), paint, edge); }
    });
  }
  function names(w, h) {
    pen.font = 12 * unit() + "px " + getComputedStyle(document.body).fontFamily;
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    pen.lineWidth = 3 * unit();
    pen.strokeStyle = colour("--panel-2");
    pen.fillStyle = colour("--muted");
    var used = [];
    land.districts.slice().sort(function (a, b) { return area(b) - area(a); }).forEach(function (one) {
      var p = at(one.at[0], one.at[1]), half = pen.measureText(one.name).width / 2, tall = 9 * unit();
      var fits = 2 * half < view.scale * (one.bounds[2] - one.bounds[0]);
      var inside = p[0] > half && p[0] < w - half && p[1] > tall && p[1] < h - tall;
      var free = used.every(function (other) {
        return Math.abs(other[0] - p[0]) > other[2] + half || Math.abs(other[1] - p[1]) > 2 * tall;
      });
      if (!fits || !inside || !free) { return; }
      used.push([p[0], p[1], half]);
      pen.strokeText(one.name, p[0], p[1]);
      pen.fillText(one.name, p[0], p[1]);
    });
  }
  function area(one) { return (one.bounds[2] - one.bounds[0]) * (one.bounds[3] - one.bounds[1]); }
  function ring() {
    var ids = board.marked().concat(pointed ? [pointed] : []);
    land.orders.forEach(function (one) {
      var n = ids.lastIndexOf(one.id);
      if (n < 0) { return; }
      around(at(one.x, one.y), 13, colour(one.id === pointed ? "--text" : "--accent"), 2);
    });
  }

  /* ---- pointer ---- */
  function under(x, y) {
    var best = null, far = REACH * unit();
    land.orders.forEach(function (one) {
      var p = at(one.x, one.y), d = Math.hypot(p[0] - x, p[1] - y);
      if (d <= far) { far = d; best = one; }
    });
    return best;
  }
  function hover(one, x, y) {
    var id = one ? one.id : null;
    if (id !== pointed) { pointed = id; redraw(); }
    canvas.style.cursor = one ? "pointer" : "grab";
    tip.hidden = !one;
    if (!one) { return; }
    var said = [["strong", one.id + " " + one.site],
      ["span", board.setup().signs[one.state] + " " + board.setup().states[one.state] + " · " + one.cause]];
    tip.replaceChildren.apply(tip, said.map(function (line) { return board.el(line[0], null, line[1]); }));
    var left = Math.min(x + 16, box.clientWidth - tip.offsetWidth - 8);
    var top = y + 16 + tip.offsetHeight > box.clientHeight ? y - tip.offsetHeight - 12 : y + 16;
    tip.style.transform = "translate(" + Math.max(8, left) + "px," + Math.max(8, top) + "px)";
  }
  function choose(one, event) {
    var node = board.nodeOf(one.id);
    if (event.ctrlKey || event.metaKey) { board.toggle(one.id); return; }
    if (node && node.offsetParent) {
      node.focus({ preventScroll: true });
      node.scrollIntoView({ block: "nearest", inline: "nearest" });
      board.pulse(one.id, "dp-moved");
    } else {
      var params = board.query(), kept = new URLSearchParams();
      ["lang", "at", "kiosk", "theme", "palette"].forEach(function (name) {
        if (params.get(name)) { kept.set(name, params.get(name)); }
      });
      var text = kept.toString();
      board.open("/dispatch/" + one.id + (text ? "?" + text : ""));
    }
  }
  function attach() {
    var now = board.page().querySelector(".dp-map");
    if (!now) { return false; }
    if (now === box) { return true; }
    box = now;
    canvas = box.querySelector("canvas");
    tip = box.querySelector(".dp-tip");
    tip.hidden = true;
    pen = canvas.getContext("2d");
    view = null;
    land = null;
    wanted = null;
    var held = null;
    canvas.addEventListener("pointerdown", function (event) {
      held = { x: event.offsetX, y: event.offsetY, moved: false, view: view };
      canvas.setPointerCapture(event.pointerId);
    });
    canvas.addEventListener("pointermove", function (event) {
      if (!land || !view) { return; }
      if (!held) { hover(under(event.offsetX, event.offsetY), event.offsetX, event.offsetY); return; }
      var dx = event.offsetX - held.x, dy = event.offsetY - held.y;
      if (Math.hypot(dx, dy) > 4) { held.moved = true; }
      if (held.moved && held.view) {
        view = { scale: held.view.scale, x: held.view.x + dx, y: held.view.y + dy };
        redraw();
      }
    });
    canvas.addEventListener("pointerup", function (event) {
      var moved = held && held.moved;
      held = null;
      if (moved || !land || !view) { return; }
      var one = under(event.offsetX, event.offsetY);
      if (one) { choose(one, event); }
    });
    canvas.addEventListener("pointerleave", function () { if (!held) { hover(null); } });
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
      if (!box.clientWidth || !board.here()) { return; }
      if (land) { frame(board.query().get("region_id") || ""); redraw(); }
      else if (board.data) { load(board.data); }
    });
    watching.observe(box);
    return true;
  }
  new MutationObserver(redraw).observe(document.documentElement,
    { attributes: true, attributeFilter: ["data-theme", "data-palette"] });

  board.point = function (id) { if (box && land && id !== pointed) { pointed = id; redraw(); } };
  /* For tests: where an order is drawn, in pixels of the page. */
  board.placeOf = function (id) {
    var one = land && view && land.orders.find(function (each) { return each.id === id; });
    if (!one) { return null; }
    var p = at(one.x, one.y), edge = canvas.getBoundingClientRect();
    return [edge.x + p[0], edge.y + p[1]];
  };
  board.parts.push({ draw: load });
})();
