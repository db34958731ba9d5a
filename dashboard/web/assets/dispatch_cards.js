/* Columns and cards. A card that says the same as before is not touched; one that changed is
   filled anew in its place, so that focus and scroll stay. New and moved ones show it once. */
(function () {
  "use strict";

  var board = window.foresiteDispatch, el = board.el;
  var cards = new Map();   // id → { node, said (what it shows, as text), card }
  var columns = new Map(); // key → { node, list, … }
  var folded = null;

  function root() { return board.page().querySelector(".dp-board"); }

  /* ---- columns ---- */
  function column(told) {
    var made = columns.get(told.key);
    if (!made) {
      var node = el("section", "dp-column of-" + told.key);
      var head = el("header", "dp-column-head");
      var title = el("h2", null), count = el("span", "dp-column-count");
      var late = el("span", "dp-column-late"), tools = el("span", "dp-column-tools");
      head.append(title, count, late, tools);
      var list = el("ul", "dp-cards"), more = el("button", "dp-more"), none = el("p", "dp-column-none");
      more.type = "button";
      more.addEventListener("click", function () {
        board.go({ view: "table", state: made.told.states.join(",") });
      });
      node.append(head, list, more, none);
      made = { node: node, list: list, title: title, count: count, late: late, more: more, none: none };
      if (told.key === "closed") { tools.appendChild(fold()); }
      else if (board.data.acting) { tools.appendChild(all(made)); }
      columns.set(told.key, made);
    }
    made.told = told;
    made.title.textContent = told.title;
    made.title.title = told.help;
    made.count.textContent = told.count;
    made.late.textContent = told.late ? "▲ " + told.late : "";
    made.late.title = told.late ? board.text("late", { n: told.late }) : "";
    made.more.textContent = told.more;
    made.more.hidden = !told.more;
    made.none.textContent = told.none;
    made.none.hidden = told.cards.length > 0;
    made.list.setAttribute("aria-label", told.title + " " + told.count);
    return made;
  }
  function all(made) {
    var button = el("button", "dp-column-all", "☐");
    button.type = "button";
    button.title = board.text("select_column");
    button.setAttribute("aria-label", board.text("select_column"));
    button.addEventListener("click", function () { board.markMany(made.told.cards); });
    return button;
  }
  function fold() {
    var button = el("button", "dp-column-fold", "»");
    button.type = "button";
    button.title = board.text("fold");
    button.setAttribute("aria-label", board.text("fold"));
    button.addEventListener("click", function () { board.go({ done: null }); });
    return button;
  }
  /* The finished ones as a narrow column that unfolds. */
  function finished(told) {
    if (!told.length) { return null; }
    var said = JSON.stringify(told);
    if (!folded || folded.said !== said || !document.contains(folded.node)) {
      var node = el("button", "dp-folded");
      node.type = "button";
      node.title = board.text("unfold");
      node.appendChild(el("span", "dp-folded-sign", "«"));
      told.forEach(function (one) {
        var line = el("span", "dp-folded-one");
        line.append(el("span", null, one.title), el("b", null, one.count));
        node.appendChild(line);
      });
      node.addEventListener("click", function () { board.go({ done: "open" }); });
      folded = { node: node, said: said };
    }
    return folded.node;
  }

  /* ---- one card ---- */
  function build(id) {
    var node = el("li", "dp-card");
    node.dataset.id = id;
    node.tabIndex = -1;
    var made = { node: node, said: "", card: null };
    cards.set(id, made);
    return made;
  }
  function fill(made, card) {
    var node = made.node, was = made.card, held = null;
    if (node.contains(document.activeElement) && document.activeElement !== node) {
      held = document.activeElement.className;
    }
    made.card = card;
    node.className = "dp-card is-" + card.state + (node.classList.contains("marked") ? " marked" : "");
    node.title = card.tip;
    var top = el("div", "dp-top"), box = null;
    if (board.data.acting) {
      box = el("input", "dp-box");
      box.type = "checkbox";
      box.tabIndex = -1;
      box.checked = node.classList.contains("marked");
      box.setAttribute("aria-label", card.id);
      top.appendChild(box);
    }
    var link = el("a", "dp-id", card.id);
    link.href = card.href;
    link.tabIndex = -1;
    top.appendChild(link);
    made.time = el("span", "dp-time");
    made.what = el("span", "dp-wide", card.due ? card.due.what + " " : "");
    made.left = el("span");
    made.time.append(made.what, made.left);
    top.appendChild(made.time);
    var site = el("div", "dp-site"), users = el("span", "dp-users");
    users.append(el("span", null, card.cells), el("span", "dp-wide", " · " + card.users));
    users.title = board.text("users_help");
    site.append(el("strong", null, card.site), users);
    var facts = el("div", "dp-facts");
    var spares = el("span", "dp-avoided");
    spares.append(el("span", "dp-wide", board.text("avoided") + " "), el("b", null, card.avoided));
    spares.title = board.text("avoided_help");
    facts.append(el("span", "dp-where", card.where), el("span", "dp-cause", card.cause), spares);
    var foot = el("div", "dp-foot");
    var team = el("span", "dp-team-name" + (card.given === "yes" ? " given" : ""), card.team);
    made.age = el("span", "dp-age dp-wide");
    var marks = el("span", "dp-marks");
    card.marks.forEach(function (mark) {
      var sign = el("span", "dp-mark " + mark[0], mark[1]);
      sign.title = mark[2];
      marks.appendChild(sign);
    });
    foot.append(team, made.age, marks);
    made.bar = el("i", "dp-fill");
    made.track = el("div", "dp-track");
    made.track.appendChild(made.bar);
    node.replaceChildren(top, site, facts, foot, made.track);
    if (card.act) {
      var quick = el("button", "dp-quick", board.setup().acts[card.act]);
      quick.type = "button";
      quick.tabIndex = -1;
      quick.dataset.quick = card.act;
      foot.appendChild(quick);
    }
    clock(made, board.now());
    if (held) {
      var again = node.querySelector("." + held.split(" ")[0]);
      if (again) { again.focus({ preventScroll: true }); } else { node.focus({ preventScroll: true }); }
    }
    return was && was.state !== card.state;
  }
  /* What runs: the timer with its bar, and the age. */
  function clock(made, now) {
    var card = made.card, due = card.due, state = "", said = "", share = 0;
    if (due) {
      var left = due.at - now;
      share = Math.min(1, Math.max(0, (now - due.from) / Math.max(1, due.at - due.from)));
      if (due.proof) {
        said = board.duration(Math.max(0, left));
        state = "proof";
      } else if (left <= 0) {
        state = "missed";
        said = board.text("over", { t: board.duration(-left) });
      } else {
        state = due.warn !== null && now >= due.warn ? "warned" : "runs";
        said = board.text("left", { t: board.duration(left) });
      }
    } else {
      said = board.text("since", { t: board.duration(now - card.since) });
    }
    if (made.left.textContent !== said) { made.left.textContent = said; }
    made.time.className = "dp-time " + state;
    made.node.dataset.timer = state;
    made.track.hidden = !due;
    made.bar.style.width = (100 * share).toFixed(1) + "%";
    var age = board.text("age", { t: board.duration(now - card.opened) });
    if (made.age.textContent !== age) { made.age.textContent = age; }
    var words = board.text("card", { id: card.id, site: card.site, state: card.said,
      where: card.where, cause: card.cause, timer: made.time.textContent });
    if (made.node.getAttribute("aria-label") !== words) { made.node.setAttribute("aria-label", words); }
  }
  function once(node, name) {
    node.classList.remove(name);
    void node.offsetWidth; // begin anew
    node.classList.add(name);
    setTimeout(function () { node.classList.remove(name); }, 1600);
  }

  /* Puts the children there in that order, and touches no more of them than it must. */
  function order(list, wanted) {
    var focus = document.activeElement;
    var kept = new Set(wanted), moved = false;
    Array.from(list.children).forEach(function (node) {
      if (!kept.has(node)) { node.remove(); moved = true; }
    });
    wanted.forEach(function (node, n) {
      if (list.children[n] !== node) {
        list.insertBefore(node, list.children[n] || null);
        moved = true;
      }
    });
    if (moved && focus && focus !== document.activeElement && document.contains(focus)) {
      focus.focus({ preventScroll: true });
    }
  }

  function draw(data, before) {
    var place = root();
    if (!place) { return; }
    var focus = document.activeElement, fresh = [], wanted = [];
    var had = before ? before.cards : null;
    data.columns.forEach(function (told) {
      var made = column(told);
      order(made.list, told.cards.map(function (id) {
        var card = data.cards[id], held = cards.get(id) || build(id), said = JSON.stringify(card);
        if (held.said !== said) {
          var moved = fill(held, card);
          held.said = said;
          if (had && !had[id]) { fresh.push([held.node, "dp-new"]); }
          else if (moved) { fresh.push([held.node, "dp-moved"]); }
        }
        return held.node;
      }));
      wanted.push(made.node);
    });
    var rest = finished(data.folded);
    if (rest) { wanted.push(rest); }
    order(place, wanted);
    cards.forEach(function (held, id) { if (!data.cards[id]) { cards.delete(id); } });
    /* What fits the filters now and did not before is not new. */
    if (before && before.total && fresh.length < 12) {
      fresh.forEach(function (one) { once(one[0], one[1]); });
    }
    if (focus && focus !== document.activeElement && document.contains(focus)) {
      focus.focus({ preventScroll: true });
    }
  }

  board.cardOf = function (id) { return board.data && board.data.cards[id]; };
  board.nodeOf = function (id) { var held = cards.get(id); return held && held.node; };
  board.nodes = function () {
    return Array.from(root() ? root().querySelectorAll(".dp-column") : []).map(function (one) {
      return Array.from(one.querySelectorAll(".dp-card"));
    });
  };
  board.pulse = function (id, name) { if (cards.get(id)) { once(cards.get(id).node, name); } };
  board.parts.push({
    draw: draw,
    tick: function (now) { cards.forEach(function (held) { if (held.card) { clock(held, now); } }); },
    clear: function () { cards.clear(); columns.clear(); folded = null; },
  });
})();
