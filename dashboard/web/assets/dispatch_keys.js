/* Keys of the board: arrows among cards and columns, space selects, A accepts, D dispatches, Enter
   opens, Esc unselects. Keys of all pages are in keys.js, which comes after this file. */
(function () {
  "use strict";

  var board = window.foresiteDispatch;
  var root = document.documentElement;
  var going = -Infinity; // when G was pressed: the next letter names a page

  function typing(target) {
    return target instanceof Element &&
      target.closest("input:not(.dp-box), textarea, select, [contenteditable=true], [role=combobox], dialog, .ag-root") !== null;
  }
  function place(nodes) {
    var id = board.current();
    for (var c = 0; c < nodes.length; c++) {
      for (var n = 0; n < nodes[c].length; n++) {
        if (nodes[c][n].dataset.id === id) { return [c, n]; }
      }
    }
    return null;
  }
  function step(dx, dy, end) {
    var nodes = board.nodes(), at = place(nodes);
    var inside = document.activeElement && document.activeElement.closest(".dp-card");
    if (!at || !inside) { return focus(at ? nodes[at[0]][at[1]] : first(nodes)); }
    var here = nodes[at[0]][at[1]].getBoundingClientRect(), mine = nodes[at[0]];
    if (end) { return focus(mine[dy > 0 ? mine.length - 1 : 0]); }
    /* Wide columns have several cards in a row: what lies that way within the column comes first. */
    var there = beyond(mine, here, dx, dy);
    if (there || dy) { return focus(there || nodes[at[0]][at[1]]); }
    /* The nearest column that has cards, and there the card at the same height. */
    for (var c = at[0] + dx; c >= 0 && c < nodes.length; c += dx) {
      if (nodes[c].length) { return focus(nearest(nodes[c], here)); }
    }
    return true;
  }
  function beyond(nodes, here, dx, dy) {
    var best = null;
    nodes.forEach(function (node) {
      var box = node.getBoundingClientRect();
      var right = box.left - here.left, down = box.top - here.top;
      var far = dy ? dy * down * 10000 + Math.abs(right) : dx * right;
      if (dy ? dy * down < 4 : Math.abs(down) >= 4 || dx * right < 4) { return; }
      if (!best || far < best.far) { best = { node: node, far: far }; }
    });
    return best && best.node;
  }
  function nearest(nodes, here) {
    return nodes.reduce(function (best, node) {
      var far = Math.abs(node.getBoundingClientRect().top - here.top);
      return best && best.far <= far ? best : { node: node, far: far };
    }, null).node;
  }
  function first(nodes) {
    var column = nodes.find(function (one) { return one.length; });
    return column && column[0];
  }
  function focus(node) {
    if (!node) { return false; }
    node.focus({ preventScroll: true });
    node.scrollIntoView({ block: "nearest", inline: "nearest" });
    return true;
  }

  function press(event) {
    switch (event.key) {
      case "ArrowDown": return step(0, 1);
      case "ArrowUp": return step(0, -1);
      case "ArrowRight": return step(1, 0);
      case "ArrowLeft": return step(-1, 0);
      case "Home": return step(0, -1, true);
      case "End": return step(0, 1, true);
      case "Escape":
        if (!board.marked().length) { return false; }
        board.unmark();
        return true;
      case "a": case "A": board.act("accept"); return true;
      case "d": case "D": board.act("dispatch"); return true;
      default: return onCard(event);
    }
  }
  function onCard(event) {
    var card = event.target instanceof Element && event.target.closest(".dp-card");
    if (!card || event.target.closest("button, a")) { return false; }
    if (event.key === " " && board.data.acting) { board.toggle(card.dataset.id); return true; }
    if (event.key === "Enter") { board.open(board.cardOf(card.dataset.id).href); return true; }
    return false;
  }

  document.addEventListener("keydown", function (event) {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) { return; }
    if (!board.here() || root.dataset.kiosk === "full" || typing(event.target)) { return; }
    if (document.querySelector("dialog[open]")) { return; }
    if (event.key === "g" || event.key === "G") { going = performance.now(); return; }
    if (event.key.length === 1 && performance.now() - going < 1500) { going = -Infinity; return; }
    if (press(event)) { event.preventDefault(); }
  });
})();
