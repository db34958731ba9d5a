/* The table of cells follows the address, and writes into it what one does with the grid.
   Rows come a block at a time from /api/v1/cells-table; which cells fit, for the map, as bits from
   /api/v1/cells-view. The address is the only memory. */
(function () {
  "use strict";

  var FILTERS = ["q", "status", "region_id", "technology", "cause", "agreement", "quality", "quiet",
    "area", "where"];
  var TEXT_OPS = { contains: "~", notContains: "!~", equals: "=", notEqual: "!=", startsWith: "^",
    endsWith: "$", blank: "?", notBlank: "!?" };
  var NUMBER_OPS = { equals: "=", notEqual: "!=", greaterThan: ">", greaterThanOrEqual: ">=",
    lessThan: "<", lessThanOrEqual: "<=", inRange: "..", blank: "?", notBlank: "!?" };
  var CONDITION = /^([a-z_0-9]+?)(!~|!=|!\?|>=|<=|\.\.|[~=^$><?])([\s\S]*)$/;
  var RETRY_MS = 5000;

  var setup = null;   // what the server said of columns and words
  var api = null;     // the grid's
  var mine = {};      // the values last seen of search, lists and columns
  var outer = null;   // filters outside of the grid, as the rows shown follow them
  var version = null; // of the snapshot that the rows shown are of
  var seen = null;    // the selected cell last scrolled to
  var asked = 0;      // number of the newest question about which cells fit
  var retry = null;

  /* ---- the address ---- */
  function query(search) {
    return new URLSearchParams(search === undefined ? location.search : search);
  }
  function written(params) {
    var parts = [];
    params.forEach(function (value, key) {
      if (value === "") { return; }
      parts.push(encodeURIComponent(key) + "=" + encodeURIComponent(value)
        .replace(/%2C/g, ",").replace(/%3A/g, ":").replace(/%3B/g, ";").replace(/%3E/g, ">")
        .replace(/%3D/g, "=").replace(/%3C/g, "<"));
    });
    return parts.length ? "?" + parts.join("&") : "";
  }
  /* Writes changes (null takes one out); "replace" leaves no step to go back to. */
  function go(changes, how) {
    var params = query();
    Object.keys(changes).forEach(function (key) {
      if (changes[key]) { params.set(key, changes[key]); } else { params.delete(key); }
    });
    var search = written(params);
    if (search === location.search || written(query()) === search) { return; }
    var href = location.pathname + search;
    if (how === "replace") { history.replaceState(history.state, "", href); }
    else { history.pushState({}, "", href); }
    /* As the browser spells it: what differs would be pushed once more. */
    window.dash_clientside.set_props("url", { search: location.search, href: location.href });
  }
  function listed(name) {
    return (query().get(name) || "").split(",").filter(Boolean);
  }
  function outerOf(params) {
    return ["at", "lang"].concat(FILTERS).filter(function (name) { return name !== "where"; })
      .map(function (name) { return params.get(name) || ""; }).join("\n");
  }

  /* ---- filters of columns: "probability>=20;name~text" and back ---- */
  function column(key) {
    return setup.columns.find(function (one) { return one.key === key; });
  }
  function conditionsOf(model) {
    return Object.keys(model).sort().map(function (key) {
      var asks = model[key], kind = column(key).filter;
      var op = (kind === "text" ? TEXT_OPS : NUMBER_OPS)[asks.type];
      var first = kind === "date" ? day(asks.dateFrom) : asks.filter;
      var last = kind === "date" ? day(asks.dateTo) : asks.filterTo;
      if (op === "?" || op === "!?") { return key + op; }
      if (first === null || first === undefined || first === "") { return ""; }
      if (op === ".." && (last === null || last === undefined)) { return ""; }
      var value = op === ".." ? first + "," + last : String(first);
      return key + op + value.replace(/%/g, "%25").replace(/;/g, "%3B");
    }).filter(Boolean).join(";");
  }
  function day(text) { return text ? text.slice(0, 10) : null; }
  function modelOf(text) {
    var model = {};
    (text || "").split(";").forEach(function (part) {
      var found = CONDITION.exec(part);
      if (!found || !column(found[1])) { return; }
      var kind = column(found[1]).filter, ops = kind === "text" ? TEXT_OPS : NUMBER_OPS;
      var type = Object.keys(ops).find(function (name) { return ops[name] === found[2]; });
      if (!type) { return; }
      var value = found[3];
      try { value = decodeURIComponent(value); } catch (_) { return; }
      var ends = found[2] === ".." ? value.split(",") : [value];
      var asks = { filterType: kind, type: type };
      if (type !== "blank" && type !== "notBlank") {
        if (kind === "date") {
          asks.dateFrom = ends[0] + " 00:00:00";
          asks.dateTo = ends[1] ? ends[1] + " 00:00:00" : null;
        } else if (kind === "number") {
          asks.filter = Number(ends[0]);
          if (ends.length > 1) { asks.filterTo = Number(ends[1]); }
        } else { asks.filter = value; }
      }
      model[found[1]] = asks;
    });
    return model;
  }

  /* ---- order and columns ---- */
  function sortOf(model) {
    var usual = model.length === setup.sort.length && model.every(function (one, i) {
      return one.colId === setup.sort[i][0] && one.sort === setup.sort[i][1];
    });
    if (usual) { return ""; }
    return model.map(function (one) { return (one.sort === "desc" ? "-" : "") + one.colId; }).join(",");
  }
  function sortModel() {
    return api.getColumnState()
      .filter(function (one) { return one.sort; })
      .sort(function (a, b) { return a.sortIndex - b.sortIndex; })
      .map(function (one) { return { colId: one.colId, sort: one.sort }; });
  }
  function wantedSort(params) {
    var asked = (params.get("sort") || "").split(",").filter(function (key) {
      return key && column(key.replace(/^-/, ""));
    });
    if (!asked.length) { return setup.sort; }
    return asked.map(function (key) {
      return key[0] === "-" ? [key.slice(1), "desc"] : [key, "asc"];
    });
  }
  /* Shown columns in their order: [key, width in units or 0]. */
  function wantedColumns(params) {
    var asked = (params.get("columns") || "").split(",").map(function (text) {
      var parts = text.split(".");
      return [parts[0], Number(parts[1]) || 0];
    }).filter(function (one) { return column(one[0]); });
    if (asked.length) { return asked; }
    return setup.columns.filter(function (one) { return one.shown; })
      .map(function (one) { return [one.key, 0]; });
  }
  function columnsText(columns) {
    var usual = setup.columns.filter(function (one) { return one.shown; });
    var same = columns.length === usual.length && columns.every(function (one, i) {
      return one[0] === usual[i].key && !one[1];
    });
    return same ? "" : columns.map(function (one) {
      return one[1] ? one[0] + "." + one[1] : one[0];
    }).join(",");
  }
  function shownNow(resized) {
    var widths = {};
    wantedColumns(query()).forEach(function (one) { widths[one[0]] = one[1]; });
    return api.getColumnState().filter(function (one) { return !one.hide && column(one.colId); })
      .map(function (one) {
        var width = widths[one.colId] || 0;
        if (resized && resized === one.colId) { width = Math.round(one.width / setup.scale); }
        return [one.colId, width];
      });
  }
  function applyState(params) {
    var columns = wantedColumns(params), sort = wantedSort(params);
    var shown = columns.map(function (one) { return one[0]; });
    var keys = shown.concat(setup.columns.map(function (one) { return one.key; })
      .filter(function (key) { return shown.indexOf(key) < 0; }));
    var now = shownNow(), order = sortModel();
    var sameColumns = columnsText(now) === columnsText(columns);
    var sameSort = order.length === sort.length && order.every(function (one, i) {
      return one.colId === sort[i][0] && one.sort === sort[i][1];
    });
    if (sameColumns && sameSort) { return; }
    var widths = {};
    columns.forEach(function (one) { widths[one[0]] = one[1]; });
    api.applyColumnState({
      applyOrder: !sameColumns,
      state: [{ colId: "mark" }].concat(keys.map(function (key) {
        var at = sort.findIndex(function (one) { return one[0] === key; });
        var told = { colId: key, hide: shown.indexOf(key) < 0, sort: at < 0 ? null : sort[at][1],
          sortIndex: at < 0 ? null : at };
        if (widths[key]) { told.width = Math.round(widths[key] * setup.scale); told.flex = null; }
        return told;
      })),
    });
  }

  /* ---- rows ---- */
  var source = {
    getRows: function (params) {
      var address = query();
      FILTERS.concat(["sort"]).forEach(function (name) {
        if (name === "where" || name === "sort") { address.delete(name); }
      });
      ["columns", "selected", "marked", "theme", "palette", "kiosk", "compare", "rotate"]
        .forEach(function (name) { address.delete(name); });
      Array.from(address.keys()).forEach(function (name) {
        if (FILTERS.concat(["at", "lang"]).indexOf(name) < 0) { address.delete(name); }
      });
      var where = conditionsOf(params.filterModel || {}), sort = sortOf(params.sortModel || []);
      if (where) { address.set("where", where); }
      if (sort) { address.set("sort", sort); }
      address.set("lang", setup.language);
      address.set("start", params.startRow);
      address.set("end", params.endRow);
      fetch("/api/v1/cells-table?" + address.toString())
        .then(function (answer) {
          if (!answer.ok) { throw new Error(String(answer.status)); }
          return answer.json();
        })
        .then(function (said) {
          failed(false);
          params.successCallback(said.rows, said.total);
        })
        .catch(function () {
          params.failCallback();
          failed(true);
        });
    },
  };
  function failed(yes) {
    var box = document.querySelector(".cells-table");
    if (!box) { return; }
    if (yes) { box.dataset.failed = setup.texts.table_failed; } else { delete box.dataset.failed; }
    if (yes && !retry) {
      retry = setTimeout(function () {
        retry = null;
        if (api && !api.isDestroyed()) { api.purgeInfiniteCache(); fits(true); }
      }, RETRY_MS);
    }
  }

  /* ---- which cells fit, and where the selected one stands ---- */
  function fits(scroll) {
    var mark = ++asked, params = query(), address = new URLSearchParams();
    FILTERS.concat(["sort", "at", "selected"]).forEach(function (name) {
      if (params.get(name)) { address.set(name, params.get(name)); }
    });
    address.set("lang", setup.language);
    fetch("/api/v1/cells-view?" + address.toString())
      .then(function (answer) {
        if (!answer.ok) { throw new Error(String(answer.status)); }
        return answer.json();
      })
      .then(function (said) {
        if (mark !== asked) { return; }
        window.foresiteCellsMap.show(said, params.get("region_id"));
        if (scroll && said.row !== null) { reveal(said.row); }
      })
      .catch(function () { failed(true); });
  }
  /* Brings a row into view; the grid may not know yet that it has so many. */
  function reveal(row) {
    var tries = 0;
    (function look() {
      if (!api || api.isDestroyed()) { return; }
      if (api.getDisplayedRowCount() > row) {
        api.ensureIndexVisible(row, "middle");
        return;
      }
      tries += 1;
      if (tries < 60) { setTimeout(look, 50); }
    })();
  }

  /* ---- the grid ---- */
  function wire(grid) {
    api = grid;
    outer = outerOf(query());
    seen = null;
    version = null;
    var root = document.querySelector("#cells-grid");
    api.setFilterModel(modelOf(query().get("where")));
    api.setGridOption("datasource", source);
    api.setGridAriaProperty("label", setup.texts.table_label);
    /* What the address asked for comes back as an event too, perhaps after the address went on. */
    api.addEventListener("sortChanged", function (event) {
      if (event.source !== "api") { go({ sort: sortOf(sortModel()) }); }
    });
    api.addEventListener("filterChanged", function (event) {
      if (event.source !== "api") { go({ where: conditionsOf(api.getFilterModel()) }); }
    });
    api.addEventListener("columnMoved", function (event) {
      if (event.finished && event.source === "uiColumnMoved") {
        go({ columns: columnsText(shownNow()) }, "replace");
      }
    });
    api.addEventListener("columnResized", function (event) {
      if (event.finished && event.source === "uiColumnResized" && event.column) {
        go({ columns: columnsText(shownNow(event.column.getColId())) }, "replace");
      }
    });
    api.addEventListener("cellClicked", function (event) {
      if (event.data && event.column.getColId() !== "mark") { select(event.data.id); }
    });
    api.addEventListener("cellDoubleClicked", function (event) {
      if (event.data && event.column.getColId() !== "mark") { open(event.data.id); }
    });
    api.addEventListener("cellKeyDown", function (event) {
      if (!event.data) { return; }
      if (event.event.key === "Enter") { open(event.data.id); }
      if (event.event.key === " ") { event.event.preventDefault(); mark(event.data.id); }
    });
    api.addEventListener("cellFocused", function (event) {
      var node = event.rowIndex === null ? null : api.getDisplayedRowAtIndex(event.rowIndex);
      window.foresiteCellsMap.point(node && node.data ? node.data.n : null);
    });
    root.addEventListener("mouseover", function (event) {
      var row = event.target.closest(".ag-row");
      var node = row && api.getRowNode(row.getAttribute("row-id"));
      window.foresiteCellsMap.point(node && node.data ? node.data.n : null);
    });
    root.addEventListener("mouseleave", function () { window.foresiteCellsMap.point(null); });
  }

  /* Rows drawn later ask isSelectedCell; drawing all anew would take the focus from its cell. */
  function highlight(id) {
    document.querySelectorAll("#cells-grid .ag-row").forEach(function (row) {
      row.classList.toggle("cells-selected", row.getAttribute("row-id") === id);
    });
  }
  function select(id) {
    seen = id;
    go({ selected: id }, "replace");
  }
  function mark(id) {
    var ids = listed("marked"), at = ids.indexOf(id);
    if (at >= 0) { ids.splice(at, 1); }
    else if (ids.length < setup.most) { ids.push(id); }
    go({ marked: ids.join(",") }, "replace");
  }
  function hrefOf(id) {
    var kept = new URLSearchParams(), params = query();
    ["lang", "at", "kiosk", "theme", "palette"].forEach(function (name) {
      if (params.get(name)) { kept.set(name, params.get(name)); }
    });
    return "/cells/" + encodeURIComponent(id) + written(kept);
  }
  function open(id) {
    history.pushState({}, "", hrefOf(id));
    window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
  }

  /* What renderers and the map ask. */
  window.foresiteCells = {
    selected: function () { return query().get("selected"); },
    marked: function () { return listed("marked"); },
    limits: function () { return setup.limits; },
    text: function (name, values) {
      return setup.texts[name].replace(/\{(\w+)\}/g, function (_, key) { return values[key]; });
    },
    rowOf: function (n) {
      return fetch("/api/v1/cells-table?n=" + n + "&lang=" + setup.language
        + (setup.at ? "&at=" + encodeURIComponent(setup.at) : ""))
        .then(function (answer) { return answer.json(); })
        .then(function (said) { return said.rows[0]; });
    },
    /* From the map: the row has to be looked for. */
    choose: function (id) { go({ selected: id }, "replace"); },
    region: function (id) { go({ region_id: id }); },
    hover: function (id) {
      document.querySelectorAll("#cells-grid .cells-hover").forEach(function (row) {
        row.classList.remove("cells-hover");
      });
      if (id === null) { return; }
      document.querySelectorAll("#cells-grid .ag-row").forEach(function (row) {
        if (row.getAttribute("row-id") === id) { row.classList.add("cells-hover"); }
      });
    },
    at: function () { return setup && setup.at; },
    mark: mark,
    open: open,
    hrefOf: hrefOf,
  };

  /* ---- called by Dash ---- */
  var nothing = function () { return window.dash_clientside.no_update; };

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.foresite_cells = {
    /* After every change of the address and with every new snapshot. */
    follow: function (_search, told, now) {
      if (!told || location.pathname !== "/cells") { return nothing(); }
      setup = told;
      window.dash_ag_grid.getApiAsync("cells-grid").then(function (grid) {
        var params = query(), first = grid !== api;
        if (first) { wire(grid); }
        applyState(params);
        if (conditionsOf(api.getFilterModel()) !== conditionsOf(modelOf(params.get("where")))) {
          api.setFilterModel(modelOf(params.get("where")));
        }
        if (!first && outerOf(params) !== outer) { api.purgeInfiniteCache(); }
        else if (version !== null && version !== now) { api.refreshInfiniteCache(); }
        outer = outerOf(params);
        if (version !== now) { window.foresiteCellsMap.load(setup, now); }
        version = now;
        var selected = params.get("selected");
        var scroll = selected !== null && selected !== seen;
        seen = selected;
        highlight(selected);
        if (mine.marked !== undefined && mine.marked !== (params.get("marked") || "")) {
          api.refreshCells({ columns: ["mark"], force: true });
        }
        mine.marked = params.get("marked") || "";
        lists(params);
        fits(scroll);
      });
      return nothing();
    },
    /* The component asks by a source of its own, which it sets when the grid is ready: ours stands
       in for it. */
    rows: function (request) {
      var grid = request && setup && window.dash_ag_grid.getApi("cells-grid");
      if (grid && grid.getGridOption("datasource") !== source) {
        grid.setGridOption("datasource", source);
      }
      return nothing();
    },
    search: function (value) {
      if (!setup || location.pathname !== "/cells" || mine.q === undefined) { return nothing(); }
      var q = (value || "").trim(), before = query().get("q") || "";
      mine.q = q;
      /* The first letter makes a step to go back to, the others do not. */
      if (q !== before) { go({ q: q }, before && q ? "replace" : "push"); }
      return nothing();
    },
    choose: function () {
      if (!setup || location.pathname !== "/cells" || mine.q === undefined) { return nothing(); }
      var values = Array.prototype.slice.call(arguments), changes = {};
      Object.keys(setup.selects).forEach(function (name, i) {
        mine[name] = values[i] || "";
        changes[name] = mine[name];
      });
      go(changes);
      return nothing();
    },
    columns: function (keys) {
      if (!setup || !api || mine.q === undefined || !keys || !keys.length) { return nothing(); }
      var now = wantedColumns(query());
      var kept = now.filter(function (one) { return keys.indexOf(one[0]) >= 0; });
      var known = kept.map(function (one) { return one[0]; });
      setup.columns.forEach(function (one) {
        if (keys.indexOf(one.key) >= 0 && known.indexOf(one.key) < 0) { kept.push([one.key, 0]); }
      });
      go({ columns: columnsText(kept) });
      return nothing();
    },
    firstColumns: function (clicks) {
      if (clicks && setup) { go({ columns: null }); }
      return nothing();
    },
  };

  /* Search, lists and boxes show what the address says. */
  function lists(params) {
    var set = window.dash_clientside.set_props;
    var q = params.get("q") || "";
    if (mine.q !== undefined && mine.q !== q) { set("cells-search", { value: q }); }
    mine.q = q;
    Object.keys(setup.selects).forEach(function (name) {
      var value = params.get(name) || "";
      if (mine[name] !== undefined && mine[name] !== value) {
        set(setup.selects[name], { value: value || null });
      }
      mine[name] = value;
    });
    var shown = wantedColumns(params).map(function (one) { return one[0]; });
    if (mine.columns !== undefined && mine.columns !== shown.join()) {
      set("cells-columns", { value: shown });
    }
    mine.columns = shown.join();
  }
})();
