/* How cells of the grid are drawn: React components, no code from strings. */
(function () {
  "use strict";
  var made = (window.dashAgGridComponentFunctions = window.dashAgGridComponentFunctions || {});
  var called = (window.dashAgGridFunctions = window.dashAgGridFunctions || {});
  var SIGN = { red: "■", yellow: "▲", green: "●", unknown: "▨" };

  function h() { return window.React.createElement.apply(null, arguments); }
  function page() { return window.foresiteCells; }
  /* A row that is still on its way. */
  function wait() { return h("span", { className: "cells-wait" }); }

  called.isSelectedCell = function (params) {
    return Boolean(params.data && page() && page().selected() === params.data.id);
  };

  made.CellsMark = function (props) {
    if (!props.data) { return wait(); }
    return h("input", {
      type: "checkbox",
      tabIndex: -1,
      checked: page().marked().indexOf(props.data.id) >= 0,
      "aria-label": page().text("mark", { name: props.data.name }),
      onChange: function () { page().mark(props.data.id); },
    });
  };

  made.CellsStatus = function (props) {
    if (!props.data) { return wait(); }
    return h("span", { className: "status " + props.data.code },
      h("span", { className: "mark " + props.data.code, "aria-hidden": "true" }, SIGN[props.data.code]),
      h("span", null, props.value));
  };

  made.CellsName = function (props) {
    if (!props.data) { return wait(); }
    return h("a", {
      href: page().hrefOf(props.data.id),
      tabIndex: -1,
      title: props.data.id,
      onClick: function (event) {
        if (event.ctrlKey || event.metaKey || event.shiftKey) { return; }
        event.preventDefault();
        event.stopPropagation();
        page().open(props.data.id);
      },
    }, props.value);
  };

  made.CellsChance = function (props) {
    if (!props.data) { return wait(); }
    var chance = props.data.p;
    var limits = page().limits();
    return h("span", { className: "cells-chance" },
      h("span", { className: "cells-track", "aria-hidden": "true" },
        chance === null ? null : h("span", {
          className: "cells-bar",
          style: { width: 100 * chance + "%" },
        }),
        limits.map(function (limit) {
          return h("span", { key: limit, className: "cells-limit", style: { left: 100 * limit + "%" } });
        })),
      h("span", { className: "cells-chance-text" }, props.value));
  };

  made.CellsQuality = function (props) {
    if (!props.data) { return wait(); }
    var state = props.data.state;
    return h("span", { className: "cells-quality-value of-" + state },
      h("span", { className: "cells-ring", "aria-hidden": "true" }, state === "bad" ? "○" : ""),
      h("span", { className: "number" }, props.value),
      state === "unknown" ? null : h("span", { className: "word" }, props.data.quality_state));
  };

  made.CellsBurst = function (props) {
    if (!props.data) { return wait(); }
    if (!props.value) { return null; }
    return h("span", { className: "cells-burst-value", title: page().text("bursts", { n: props.value }) },
      h("span", { className: "burst-mark", "aria-hidden": "true" }, "◎"),
      h("span", null, props.value));
  };
})();
