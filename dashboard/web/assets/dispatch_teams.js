/* The strip of teams: who is on duty, where, and how much of the shift is planned. */
(function () {
  "use strict";

  var board = window.foresiteDispatch, el = board.el;
  var held = new Map(); // id → { node, said }

  function fill(node, team) {
    node.title = team.tip;
    node.className = "dp-team is-" + team.state;
    node.dataset.team = team.id;
    var top = el("span", "dp-team-top");
    top.append(el("strong", null, team.name), el("span", "dp-team-said", team.said));
    var where = el("span", "dp-team-where", team.where || team.hours);
    var line = el("span", "dp-shift");
    team.blocks.forEach(function (block) {
      var piece = el("i", "dp-block " + block[0]);
      piece.style.left = 100 * block[1] + "%";
      piece.style.width = 100 * (block[2] - block[1]) + "%";
      line.appendChild(piece);
    });
    if (team.now !== null) {
      var now = el("i", "dp-now");
      now.style.left = 100 * team.now + "%";
      line.appendChild(now);
    }
    var foot = el("span", "dp-team-foot");
    foot.append(el("span", null, team.planned || team.hours),
      el("span", null, team.open ? board.text("open_orders", { n: team.open }) : ""));
    node.replaceChildren(top, where, line, foot);
  }

  function draw(data) {
    var place = board.page().querySelector(".dp-teams"), list = place.querySelector(".dp-teams-list");
    place.querySelector(".dp-teams-count").textContent = data.teams.count;
    var chosen = board.query().get("team");
    var wanted = data.teams.list.map(function (team) {
      var made = held.get(team.id), said = JSON.stringify(team);
      if (!made) {
        made = { node: el("button", "dp-team"), said: "" };
        made.node.type = "button";
        held.set(team.id, made);
      }
      if (made.said !== said) { fill(made.node, team); made.said = said; }
      made.node.classList.toggle("here", chosen === team.id);
      made.node.setAttribute("aria-pressed", String(chosen === team.id));
      return made.node;
    });
    if (data.teams.note) { wanted.push(note(data.teams.note)); }
    var focus = document.activeElement;
    if (wanted.length !== list.children.length ||
        wanted.some(function (node, n) { return list.children[n] !== node; })) {
      var left = list.scrollLeft;
      list.replaceChildren.apply(list, wanted);
      list.scrollLeft = left;
      if (focus && focus !== document.activeElement && list.contains(focus)) {
        focus.focus({ preventScroll: true });
      }
    }
  }
  var noted = null;
  function note(text) {
    if (!noted || noted.textContent !== text) { noted = el("p", "dp-teams-note", text); }
    return noted;
  }

  document.addEventListener("click", function (event) {
    var one = event.target instanceof Element && event.target.closest(".dp-team");
    if (!one || !board.here()) { return; }
    board.go({ team: board.query().get("team") === one.dataset.team ? null : one.dataset.team });
  });

  board.parts.push({ draw: draw, clear: function () { held.clear(); noted = null; } });
})();
