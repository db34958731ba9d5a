/* Selecting orders and acting on them. Selected orders stand in the address (`marked`); without any
   the card that has the focus is meant. A step says at once what became of it, for each order. */
(function () {
  "use strict";

  var board = window.foresiteDispatch, el = board.el;
  var ASKS = { dispatch_to: ["team"], assign: ["team"], reject: ["reason", "note"],
    cancel: ["reason", "note"], reopen: ["reason", "note"], comment: ["note"] };
  var KIND = { dispatch_to: "dispatch" };
  var current = null;  // the card that has, or had last, the focus
  var anchor = null;   // where a range begins
  var busy = 0;

  /* ---- what is selected ---- */
  function marked() {
    return (board.query().get("marked") || "").split(",").filter(Boolean);
  }
  function setMarked(ids) {
    var most = board.setup().most;
    if (ids.length > most) {
      ids = ids.slice(0, most);
      tell([board.text("most", { n: most })], "hint");
    }
    board.go({ marked: ids.join(",") }, "replace");
    show();
  }
  function toggle(id) {
    var ids = marked(), at = ids.indexOf(id);
    if (at >= 0) { ids.splice(at, 1); } else { ids.push(id); }
    setMarked(ids);
  }
  board.markMany = function (ids) {
    var now = marked(), all = ids.every(function (id) { return now.indexOf(id) >= 0; });
    setMarked(all ? now.filter(function (id) { return ids.indexOf(id) < 0; })
      : now.concat(ids.filter(function (id) { return now.indexOf(id) < 0; })));
  };
  board.marked = marked;
  board.toggle = toggle;
  board.unmark = function () { setMarked([]); };
  board.current = function () { return current; };
  board.setCurrent = function (id) { current = id; show(); };

  /* Orders meant: those selected that are on the board or in the table, else the one at hand. */
  function meant() {
    var ids = marked();
    if (!ids.length && current && facts(current)) { ids = [current]; }
    return ids.map(function (id) { return { id: id, of: facts(id) }; })
      .filter(function (one) { return one.of; });
  }
  function facts(id) {
    return board.cardOf(id) || (board.rowOf && board.rowOf(id)) || known[id] || null;
  }
  var known = {}; // selected ones that are not among those shown any more

  /* ---- the bar ---- */
  function show() {
    var page = board.page(), bar = page && page.querySelector(".dp-bar");
    if (!bar) { return; }
    var ids = marked(), chosen = new Set(ids);
    ids.forEach(function (id) { if (facts(id)) { known[id] = facts(id); } });
    page.querySelectorAll(".dp-card").forEach(function (node) {
      var on = chosen.has(node.dataset.id), box = node.querySelector(".dp-box");
      node.classList.toggle("marked", on);
      if (box && box.checked !== on) { box.checked = on; }
    });
    var orders = meant();
    var line = bar.querySelector(".dp-selected");
    line.replaceChildren();
    if (ids.length) {
      line.appendChild(el("b", null, board.text("selected", { n: ids.length })));
      var off = el("button", "dp-unselect", "×");
      off.type = "button";
      off.title = board.text("unselect");
      off.setAttribute("aria-label", board.text("unselect"));
      off.addEventListener("click", board.unmark);
      line.appendChild(off);
    } else if (orders.length) {
      line.append(el("b", null, orders[0].id), el("span", null, orders[0].of.site || orders[0].of.title || ""));
    } else {
      line.appendChild(el("span", "dp-hint", board.text("selected_none")));
    }
    bar.querySelectorAll("[data-act]").forEach(function (button) {
      var able = fit(button.dataset.act, orders).length;
      button.disabled = !able;
      button.querySelector(".dp-act-count").textContent = orders.length > 1 && able ? String(able) : "";
    });
    if (board.remark) { board.remark(); }
  }
  function fit(act, orders) {
    var kind = KIND[act] || act;
    return orders.filter(function (one) { return one.of.can.indexOf(kind) >= 0; });
  }
  function tell(lines, name) {
    var page = board.page(), place = page && page.querySelector(".dp-said");
    if (!place) { return; }
    place.className = "dp-said " + (name || "");
    place.replaceChildren.apply(place, lines.map(function (line) { return el("p", null, line); }));
  }

  /* ---- taking a step ---- */
  function act(name, only) {
    if (!board.here() || !board.data || !board.data.acting) { return; }
    var orders = fit(name, only ? [{ id: only, of: facts(only) }].filter(function (one) {
      return one.of;
    }) : meant());
    if (!orders.length) { return; }
    if (ASKS[name]) { ask(name, orders); } else { send(name, orders, {}); }
  }
  board.act = act;

  function send(name, orders, more) {
    var body = Object.assign({
      kind: KIND[name] || name,
      by: window.foresite.who(),
      orders: orders.map(function (one) { return { id: one.id, seen: one.of.seq }; }),
    }, more);
    var lang = "?lang=" + board.setup().language;
    busy += 1;
    pending(orders, true);
    tell([board.setup().acts[name] + " · " + board.text("working")], "works");
    return fetch("/live/dispatch/steps" + lang, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
      cache: "no-store",
    }).then(function (answer) {
      return answer.json().then(function (told) { return { ok: answer.ok, told: told }; });
    }).then(function (got) {
      if (!got.ok) {
        tell([got.told.error.message + (got.told.error.hint ? " · " + got.told.error.hint : "")], "wrong");
        return;
      }
      var told = got.told, gone = new Set(told.done.concat(told.lost));
      tell(told.lines, told.lost.length || told.refused.length ? "wrong" : "done");
      var left = marked().filter(function (id) { return !gone.has(id); });
      if (left.length !== marked().length) { setMarked(left); }
      return board.load(true).then(function () {
        if (board.refreshRows) { board.refreshRows(); }
        told.done.forEach(function (id) { board.pulse(id, "dp-moved"); });
        told.lost.forEach(function (id) { board.pulse(id, "dp-lost"); });
        refocus();
      });
    }, function () {
      tell([board.text("offline")], "wrong"); // nothing is unselected: the same click works again
    }).then(function () {
      busy -= 1;
      pending(orders, false);
      show();
    });
  }
  function pending(orders, yes) {
    orders.forEach(function (one) {
      var node = board.nodeOf(one.id);
      if (node) { node.classList.toggle("busy", yes); }
    });
  }
  /* The card may have left the screen with the focus on it. */
  function refocus() {
    if (document.activeElement !== document.body) { return; }
    var node = (current && board.nodeOf(current)) ||
      board.nodes().reduce(function (one, column) { return one || column[0]; }, null);
    if (node) { node.focus({ preventScroll: true }); }
  }

  /* ---- the dialog ---- */
  function ask(name, orders) {
    var box = board.page().querySelector(".dp-dialog"), setup = board.setup();
    box.querySelector("h2").textContent = setup.acts[name];
    box.querySelector(".dp-dialog-of").textContent = orders.length > 1
      ? board.text("selected", { n: orders.length })
      : orders[0].id + " " + (orders[0].of.site || orders[0].of.title || "");
    ["team", "reason", "note"].forEach(function (part) {
      box.querySelector(".dp-ask." + part).hidden = ASKS[name].indexOf(part) < 0;
    });
    var team = box.querySelector(".team .dp-field"), why = box.querySelector(".reason .dp-field");
    var note = box.querySelector(".note .dp-field"), fault = box.querySelector(".dp-dialog-fault");
    var teams = board.data.choices.team.filter(function (one) { return one.value !== "none"; })
      .map(function (one) { return [one.value, one.label]; });
    options(team, [["", setup.theirs]].concat(teams));
    options(why, [["", setup.words]].concat(setup.reasons[name] || []));
    note.value = "";
    fault.textContent = "";
    var ok = box.querySelector(".dp-yes"), no = box.querySelector(".dp-no");
    function done(event) {
      var words = note.value.trim(), code = why.value;
      var needs = name === "comment" || (ASKS[name].indexOf("reason") >= 0 && !code);
      if (needs && !words) {
        event.preventDefault();
        fault.textContent = board.text("dialog_note_needed");
        note.focus();
        return;
      }
      close();
      send(name, orders, {
        team: ASKS[name].indexOf("team") >= 0 ? team.value : "",
        code: ASKS[name].indexOf("reason") >= 0 ? code : "",
        note: words,
      });
    }
    function keyed(event) {
      if (event.key === "Enter" && (event.target !== note || event.ctrlKey || event.metaKey) &&
          event.target !== no) {
        event.preventDefault();
        done(event);
      }
    }
    function close() {
      ok.removeEventListener("click", done);
      no.removeEventListener("click", close);
      box.removeEventListener("keydown", keyed);
      box.removeEventListener("cancel", close);
      if (box.open) { box.close(); }
      refocus();
    }
    ok.addEventListener("click", done);
    no.addEventListener("click", close);
    box.addEventListener("keydown", keyed);
    box.addEventListener("cancel", close);
    box.showModal();
    (ASKS[name][0] === "team" ? team : ASKS[name][0] === "reason" ? why : note).focus();
  }
  function options(select, listed) {
    select.replaceChildren.apply(select, listed.map(function (one) {
      var made = el("option", null, one[1]);
      made.value = one[0];
      return made;
    }));
    select.selectedIndex = 0;
  }

  /* ---- the pointer ---- */
  document.addEventListener("click", function (event) {
    var target = event.target instanceof Element ? event.target : null;
    if (!target || !board.here()) { return; }
    var button = target.closest(".dp-bar [data-act]");
    if (button) { act(button.dataset.act); return; }
    var card = target.closest(".dp-card");
    if (!card) { return; }
    var id = card.dataset.id;
    var quick = target.closest("[data-quick]");
    if (quick) { current = id; act(quick.dataset.quick, id); return; }
    var link = target.closest(".dp-id");
    if (link) {
      if (!event.ctrlKey && !event.metaKey && !event.shiftKey) {
        event.preventDefault();
        board.open(link.getAttribute("href"));
      }
      return;
    }
    if (target.closest(".dp-box") || event.ctrlKey || event.metaKey) { toggle(id); anchor = id; }
    else if (event.shiftKey && anchor) { range(anchor, id); }
    else { anchor = id; }
    card.focus({ preventScroll: true });
  });
  document.addEventListener("dblclick", function (event) {
    var card = event.target instanceof Element && event.target.closest(".dp-card");
    if (card && board.here() && !event.target.closest("button, input, a")) {
      board.open(board.cardOf(card.dataset.id).href);
    }
  });
  document.addEventListener("mousedown", function (event) {
    // A range of cards is meant, not of text.
    if (event.shiftKey && event.target instanceof Element && event.target.closest(".dp-card")) {
      event.preventDefault();
    }
  });
  function range(from, to) {
    var column = board.nodes().find(function (nodes) {
      return nodes.some(function (node) { return node.dataset.id === to; });
    });
    var ids = (column || []).map(function (node) { return node.dataset.id; });
    var a = ids.indexOf(from), b = ids.indexOf(to);
    if (a < 0) { toggle(to); return; }
    var now = marked();
    setMarked(now.concat(ids.slice(Math.min(a, b), Math.max(a, b) + 1).filter(function (id) {
      return now.indexOf(id) < 0;
    })));
  }
  document.addEventListener("focusin", function (event) {
    var card = event.target instanceof Element && event.target.closest(".dp-card");
    if (card && board.here()) {
      current = card.dataset.id;
      rove();
      show();
      if (board.point) { board.point(current); }
    }
  });
  /* One card of the board is reached by Tab; arrows go on from there. */
  function rove() {
    var page = board.page(), first = null;
    page.querySelectorAll(".dp-card").forEach(function (node) {
      node.tabIndex = -1;
      first = first || node;
    });
    var node = (current && board.nodeOf(current)) || first;
    if (node && document.contains(node)) { node.tabIndex = 0; }
  }

  board.busy = function () { return busy > 0; };
  board.parts.push({
    draw: function () { if (board.data) { setTimeout(function () { if (board.here()) { rove(); show(); } }, 0); } },
    clear: function () { current = anchor = null; known = {}; },
  });
})();
