/* The board as a table: rows a block at a time from /live/dispatch/rows. The address is the only
   memory: its order (`rows`) and its filters. */
(function () {
  "use strict";

  var board = window.foresiteDispatch;
  var api = null, version = null, outer = null, seen = {};
  var drawn = (window.dashAgGridComponentFunctions = window.dashAgGridComponentFunctions || {});

  function h() { return window.React.createElement.apply(null, arguments); }
  drawn.OrdersMark = function (props) {
    if (!props.data) { return h("span", { className: "cells-wait" }); }
    return h("input", {
      type: "checkbox",
      tabIndex: -1,
      checked: board.marked().indexOf(props.data.id) >= 0,
      "aria-label": props.data.id,
      onChange: function () { board.toggle(props.data.id); },
    });
  };
  drawn.OrdersName = function (props) {
    if (!props.data) { return h("span", { className: "cells-wait" }); }
    return h("a", {
      href: hrefOf(props.data.id),
      tabIndex: -1,
      onClick: function (event) {
        if (!event.ctrlKey && !event.metaKey && !event.shiftKey) {
          event.preventDefault();
          board.open(hrefOf(props.data.id));
        }
      },
    }, props.data.id);
  };
  drawn.OrdersState = function (props) {
    if (!props.data) { return h("span", { className: "cells-wait" }); }
    return h("span", { className: "dp-state" },
      h("span", { className: "dp-sign " + props.data.code, "aria-hidden": "true" }, props.data.sign),
      h("span", null, props.value));
  };
  function hrefOf(id) {
    var kept = new URLSearchParams(), params = board.query();
    ["lang", "at", "kiosk", "theme", "palette"].forEach(function (name) {
      if (params.get(name)) { kept.set(name, params.get(name)); }
    });
    var text = kept.toString();
    return "/dispatch/" + encodeURIComponent(id) + (text ? "?" + text : "");
  }

  var source = {
    getRows: function (params) {
      var more = { start: params.startRow, end: params.endRow };
      var order = (params.sortModel || []).map(function (one) {
        return (one.sort === "desc" ? "-" : "") + one.colId;
      }).join(",");
      if (order) { more.rows = order; }
      var address = board.api("rows", more).replace(/&kiosk=[^&]*/, "");
      fetch(address)
        .then(function (answer) {
          if (!answer.ok) { throw new Error(String(answer.status)); }
          return answer.json();
        })
        .then(function (said) {
          said.rows.forEach(function (row) { seen[row.id] = row; });
          params.successCallback(said.rows, said.total);
        })
        .catch(function () {
          params.failCallback();
          board.said(board.text("failed"));
        });
    },
  };
  function wire(grid) {
    api = grid;
    seen = {};
    api.setGridOption("datasource", source);
    api.setGridAriaProperty("label", board.text("table_label"));
    api.addEventListener("sortChanged", function (event) {
      if (event.source === "api") { return; }
      board.go({ rows: api.getColumnState().filter(function (one) { return one.sort; })
        .sort(function (a, b) { return a.sortIndex - b.sortIndex; })
        .map(function (one) { return (one.sort === "desc" ? "-" : "") + one.colId; }).join(",") });
    });
    api.addEventListener("cellFocused", function (event) {
      var node = event.rowIndex === null ? null : api.getDisplayedRowAtIndex(event.rowIndex);
      if (node && node.data) { board.setCurrent(node.data.id); }
    });
    api.addEventListener("cellDoubleClicked", function (event) {
      if (event.data && event.column.getColId() !== "mark") { board.open(hrefOf(event.data.id)); }
    });
    api.addEventListener("cellKeyDown", function (event) {
      var key = event.event.key;
      if (!event.data) { return; }
      if (key === "Enter") { board.open(hrefOf(event.data.id)); }
      if (key === " ") { event.event.preventDefault(); board.toggle(event.data.id); }
      if (key === "a") { board.act("accept"); }
      if (key === "d") { board.act("dispatch"); }
    });
  }
  function filters() {
    var params = board.query();
    return ["at", "lang", "sort", "done"].concat(board.filters).map(function (name) {
      return params.get(name) || "";
    }).join("\n");
  }

  board.rowOf = function (id) { return seen[id] || null; };
  board.remark = function () {
    if (api && !api.isDestroyed()) { api.refreshCells({ columns: ["mark"], force: true }); }
  };
  board.refreshRows = function () {
    if (api && !api.isDestroyed()) { api.refreshInfiniteCache(); }
  };
  /* The component asks by a source of its own, which it sets when the grid is ready. */
  board.gridAsks = function () {
    var grid = window.dash_ag_grid.getApi && window.dash_ag_grid.getApi("dispatch-grid");
    if (grid && grid.getGridOption("datasource") !== source) {
      grid.setGridOption("datasource", source);
    }
  };
  board.parts.push({
    draw: function (data) {
      if (!board.page().querySelector(".dp-table") || !window.dash_ag_grid.getApiAsync) { return; }
      window.dash_ag_grid.getApiAsync("dispatch-grid").then(function (grid) {
        if (!board.here()) { return; }
        if (grid !== api) { wire(grid); }
        else if (outer !== filters()) { api.purgeInfiniteCache(); }
        else if (version !== data.version) { api.refreshInfiniteCache(); }
        outer = filters();
        version = data.version;
      });
    },
    clear: function () { api = null; version = null; seen = {}; },
  });
})();
