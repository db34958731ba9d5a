/* A wall that nobody touches: it goes from view to view, shifts its picture so that nothing burns
   in, dims at night and loads itself anew at a quiet hour. Hours are the server's. */
(function () {
  "use strict";
  var root = document.documentElement;
  var foresite = (window.foresite = window.foresite || {});
  var kiosk = (foresite.kiosk = {});
  var REST_MS = 60000; // how long after a touch the rotation waits
  var SHIFT_MS = 60000, SHIFT_REM = 0.375;
  var AWAKE_MS = 3600000; // a page this young is not loaded anew
  var LATE_MIN = 30; // minutes after the hour in which the reload may still happen
  var jitter = Math.random(); // screens do not all load at once

  function on() { return root.dataset.kiosk === "full"; }

  /* ---- rotation ---- */

  var arrived = null, shown = "", touched = -Infinity;

  function config(element) { return JSON.parse(element.dataset.config); }

  /* Once a second: is it time to move on? */
  kiosk.tick = function (now) {
    var element = document.getElementById("rotation");
    if (!element) {
      arrived = null;
      return;
    }
    if (arrived === null || shown !== window.location.search) {
      arrived = now;
      shown = window.location.search;
    }
    var resting = !on() && now - touched < REST_MS;
    element.classList.toggle("paused", resting);
    var open = document.querySelector("dialog[open]");
    if (resting || open || root.dataset.link === "lost") {
      arrived = Math.max(arrived, now - 1000 * config(element).seconds + 3000);
      return;
    }
    var plan = config(element);
    if (now - arrived < 1000 * plan.seconds) { return; }
    arrived = now;
    var next = plan.here === null ? 0 : (plan.here + 1) % plan.hrefs.length;
    if (plan.hrefs[next] === window.location.pathname + window.location.search) {
      // One station alone: it is drawn anew, because others may have joined the route.
      window.dash_clientside.set_props("desk-version", { data: "again-" + now });
    } else {
      foresite.glide(plan.hrefs[next], true);
    }
  };

  setInterval(function () { kiosk.tick(performance.now()); }, 1000);

  ["pointerdown", "pointermove", "wheel", "keydown"].forEach(function (kind) {
    window.addEventListener(kind, function () { touched = performance.now(); },
      { capture: true, passive: true });
  });

  /* ---- no burn-in: a slow walk of the whole picture inside its own margin ---- */

  /* The place after n steps, in root sizes; never farther than SHIFT_REM from the middle. */
  kiosk.place = function (n) {
    return {
      x: SHIFT_REM * Math.sin((2 * Math.PI * n) / 37),
      y: SHIFT_REM * Math.sin((2 * Math.PI * n) / 53),
    };
  };

  var steps = 0;
  kiosk.step = function () {
    steps += 1;
    var at = on() ? kiosk.place(steps) : { x: 0, y: 0 };
    root.style.setProperty("--shift-x", at.x.toFixed(3) + "rem");
    root.style.setProperty("--shift-y", at.y.toFixed(3) + "rem");
  };
  setInterval(kiosk.step, SHIFT_MS);

  /* ---- night, and the daily reload ---- */

  /* Minutes since midnight in the operator's zone. */
  kiosk.minutes = function (moment, zone) {
    var said = new Intl.DateTimeFormat("en-GB", {
      timeZone: zone || "UTC", hour: "2-digit", minute: "2-digit", hourCycle: "h23",
    }).format(moment);
    return 60 * Number(said.slice(0, 2)) + Number(said.slice(3, 5));
  };

  /* Is a minute of the day within hours such as "22-6"? */
  kiosk.night = function (hours, minute) {
    var ends = /^(\d+)-(\d+)$/.exec(hours || "");
    if (!ends) { return false; }
    var from = 60 * ends[1], until = 60 * ends[2];
    return from <= until ? minute >= from && minute < until : minute >= from || minute < until;
  };

  /* Is it the quiet hour? `chance` moves it by up to a third of the time it may take. */
  kiosk.quiet = function (renew, minute, chance) {
    var at = /^(\d+):(\d+)$/.exec(renew || "");
    if (!at) { return false; }
    var late = (minute - (60 * Number(at[1]) + Number(at[2])) + 1440) % 1440;
    return late >= (chance * LATE_MIN) / 3 && late < LATE_MIN;
  };

  /* The server has answered: what time is it there? */
  kiosk.hour = function (moment) {
    var minute = kiosk.minutes(moment, root.dataset.zone);
    root.dataset.night = on() && kiosk.night(root.dataset.hours, minute) ? "yes" : "";
    var old = performance.now() > AWAKE_MS;
    if (on() && old && kiosk.quiet(root.dataset.renew, minute, jitter)) {
      window.location.reload();
    }
  };

  /* Dims everything but what is red: white and green fall to less than half, red hardly does.
     R' = 1.02 R - 0.52 G, G' = 0.5 G, B' = 0.5 B: white (1, 1, 1) becomes (.5, .5, .5), red
     (1, .30, .31) becomes (.86, .15, .15), yellow (.96, .72, 0) becomes (.61, .36, 0). */
  function filter() {
    var space = "http://www.w3.org/2000/svg";
    var svg = document.createElementNS(space, "svg");
    svg.setAttribute("width", "0");
    svg.setAttribute("height", "0");
    svg.setAttribute("aria-hidden", "true");
    svg.style.position = "absolute";
    var made = document.createElementNS(space, "filter");
    made.setAttribute("id", "night");
    made.setAttribute("color-interpolation-filters", "sRGB");
    var matrix = document.createElementNS(space, "feColorMatrix");
    matrix.setAttribute("type", "matrix");
    matrix.setAttribute("values",
      "1.02 -0.52 0 0 0  0 0.5 0 0 0  0 0 0.5 0 0  0 0 0 1 0");
    made.appendChild(matrix);
    svg.appendChild(made);
    document.body.appendChild(svg);
  }
  if (document.body) { filter(); } else { document.addEventListener("DOMContentLoaded", filter); }
})();
